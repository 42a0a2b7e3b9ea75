"""Many seeds, several at a time: each lane takes the next one when it is done with its last."""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.chaos.lane import open_lane
from tests.chaos.run_seed import SeedResult, run_seed


async def run_seeds(
    seeds: Iterable[int],
    folder: Path,
    report: Callable[[SeedResult], None],
    *,
    lanes: int,
    mutant: str | None = None,
    fail_fast: bool = False,
) -> None:
    """Run seeds on so many lanes, and report each; what failed stays in the folder."""
    seeds = list(seeds)
    results: list[SeedResult] = []
    left = iter(seeds)

    def take_seeds() -> Iterator[int]:
        for seed in left:
            yield seed
            if fail_fast and any(result.violations for result in results):
                return

    async def run_lane(number: int) -> None:
        async with open_lane(_make_folder(folder / f"lane-{number}")) as lane:
            for seed in take_seeds():
                result = await run_seed(lane, seed, mutant)
                results.append(result)
                report(result)

    try:
        async with asyncio.TaskGroup() as running:
            for number in range(min(lanes, len(seeds))):
                running.create_task(run_lane(number))
    finally:
        failed = len(results) < len(seeds) or any(result.violations for result in results)
        if not failed:
            shutil.rmtree(folder)


def _make_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder
