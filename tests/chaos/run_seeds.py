"""Many seeds, several at a time: each lane takes the next one when it is done with its last."""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.chaos.lane import Lane, open_lanes
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

    async def run_on(lane: Lane) -> None:
        for seed in take_seeds():
            result = await run_seed(lane, seed, mutant)
            results.append(result)
            report(result)

    async with (
        open_lanes(folder, min(lanes, len(seeds))) as opened,
        asyncio.TaskGroup() as running,
    ):
        for lane in opened:
            running.create_task(run_on(lane))
    if not any(result.violations for result in results):
        shutil.rmtree(folder)
