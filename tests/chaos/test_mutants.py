"""The suite can fail: without any one of the app's safeguards it reports a violation."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.lane import Lane, open_lanes
from tests.chaos.mutants import MUTANTS
from tests.chaos.run_seed import SeedResult, run_seed

SEEDS = range(1, 21)
LANES = 3
# What a mutant has lost never comes; an app that is slow may take its time elsewhere.
PATIENCE_SECONDS = 6.0


@pytest.fixture(scope="module")
def first_failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SeedResult]:
    """The first of twenty seeds that shows a violation, by mutant."""
    return asyncio.run(find_first_failures(tmp_path_factory.mktemp("mutants")))


async def find_first_failures(folder: Path) -> dict[str, SeedResult]:
    failures: dict[str, SeedResult] = {}
    left = iter(MUTANTS)

    async def try_mutants(lane: Lane) -> None:
        for mutant in left:
            for seed in SEEDS:
                result = await run_seed(lane, seed, mutant, patience=PATIENCE_SECONDS)
                if result.violations:
                    failures[mutant] = result
                    break

    async with open_lanes(folder, LANES) as lanes, asyncio.TaskGroup() as running:
        for lane in lanes:
            running.create_task(try_mutants(lane))
    return failures


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS)
def test_twenty_seeds_report_a_violation_of_an_app_without_a_safeguard(
    mutant: str, first_failures: dict[str, SeedResult]
) -> None:
    assert mutant in first_failures
    assert first_failures[mutant].evidence
