"""The suite can fail: without any one of the app's safeguards it reports the broken promise."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.lane import Lane, open_lanes
from tests.chaos.mutants import MUTANTS
from tests.chaos.run_seed import SeedResult, run_seed
from tests.chaos.violations import Breach

SEEDS = range(1, 21)
LANES = 3
# What a mutant has lost never comes; an app that is slow may take its time elsewhere.
PATIENCE_SECONDS = 8.0
# What one of the first seeds shows. A run that plans anew has turns in two chunks if it is quick
# and turns in none if it is late, and so has a commit that overwrites another.
EXPECTED: dict[str, set[Breach]] = {
    "no-seen": {"duplicated"},
    "no-owner": {"duplicated"},
    "no-claim": {"duplicated", "lost"},
    "no-journal": {"duplicated"},
    "open-commit": {"duplicated", "lost"},
    "no-close": {"lost"},
    "no-sweeper": {"lost", "stuck"},
}


@pytest.fixture(scope="module")
def first_failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SeedResult]:
    """The first of twenty seeds that shows the expected breach, by mutant."""
    return asyncio.run(find_first_failures(tmp_path_factory.mktemp("mutants")))


async def find_first_failures(folder: Path) -> dict[str, SeedResult]:
    failures: dict[str, SeedResult] = {}
    left = iter(MUTANTS)

    async def try_mutants(lane: Lane) -> None:
        for mutant in left:
            for seed in SEEDS:
                result = await run_seed(lane, seed, mutant, patience=PATIENCE_SECONDS)
                if not result.broke and find_breaches(result) & EXPECTED[mutant]:
                    failures[mutant] = result
                    break

    async with open_lanes(folder, LANES) as lanes, asyncio.TaskGroup() as running:
        for lane in lanes:
            running.create_task(try_mutants(lane))
    return failures


def find_breaches(result: SeedResult) -> set[Breach]:
    return {violation.breach for violation in result.violations}


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS)
def test_twenty_seeds_report_the_breach_that_an_app_without_a_safeguard_makes(
    mutant: str, first_failures: dict[str, SeedResult]
) -> None:
    assert mutant in first_failures
    assert first_failures[mutant].evidence


@pytest.mark.long
async def test_the_same_seeds_report_nothing_of_the_app_with_its_safeguards(
    tmp_path: Path, first_failures: dict[str, SeedResult]
) -> None:
    seeds = sorted({result.seed for result in first_failures.values()})
    assert seeds
    async with open_lanes(tmp_path, 1) as [lane]:
        for seed in seeds:
            result = await run_seed(lane, seed, patience=PATIENCE_SECONDS)
            assert result.violations == [], seed


def test_every_mutant_has_its_expected_breach() -> None:
    assert EXPECTED.keys() == MUTANTS.keys()
