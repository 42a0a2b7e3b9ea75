"""The host killed with -9 thirty times while a thousand turns are written and processed."""

from pathlib import Path

import pytest

from tests.chaos.lane import open_lanes
from tests.chaos.run_seed import run_schedule
from tests.chaos.schedule import make_kill_schedule

# A kill that finds no host is none.
SPARE_KILLS = 4


async def check_kills(folder: Path, turns: int, kills: int) -> None:
    async with open_lanes(folder, 1) as [lane]:
        result = await run_schedule(lane, make_kill_schedule(1, turns, kills + SPARE_KILLS))
    assert result.violations == [], result.evidence
    assert result.turns == turns
    assert result.struck["kill"] >= kills


@pytest.mark.long
async def test_eighty_turns_survive_four_kills_at_random_moments(tmp_path: Path) -> None:
    await check_kills(tmp_path, turns=80, kills=4)


@pytest.mark.long
async def test_a_thousand_turns_survive_thirty_kills_at_random_moments(tmp_path: Path) -> None:
    await check_kills(tmp_path, turns=1_000, kills=30)
