"""The quality bench runs conversations through the whole app."""

from pathlib import Path

import pytest

from bench.quality.gold import load_gold
from bench.quality.run import run_gold
from tests.unit.bench.gold_folder import write_gold

pytestmark = pytest.mark.long


async def test_every_observation_is_stored_with_its_turns_and_found(tmp_path: Path) -> None:
    verdict, figures = await run_gold(load_gold(write_gold(tmp_path)))
    assert verdict.complaints() == []
    assert (verdict.turns, verdict.material_turns, verdict.stored) == (4, 3, 3)
    assert verdict.on_agent_turns == 1
    assert figures["recall_at_10"] == 1.0
    assert figures["dead_letters"] == 0
