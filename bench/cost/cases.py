"""The cases: one long thread, the same turns over several threads, and a slow conversation."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.app.driver import AppDriver, open_driver
from bench.app.stack import running_app
from bench.cost.conversation import build_turn
from bench.cost.counts import Counts, read_counts

EXTRACT_EVERY = 5
_USER = "user"
_SLOW_TURNS = 100
# Just after the idle flush of 20 seconds; and long after it.
_BETWEEN_PAIRS = 25
# After five times the idle flush, when the tail of a slow conversation waits no longer either.
_UNTIL_EXTRACTED = 125
_AT_THE_END = 600


@asynccontextmanager
async def _measured_app() -> AsyncIterator[AppDriver]:
    async with running_app({}) as app, open_driver(app) as driver:
        await driver.reset_counts()
        yield driver


async def count_long_thread(sizes: Sequence[int]) -> dict[int, Counts]:
    """One thread, turn by turn, each processed before the next; the counts after these turns."""
    counts: dict[int, Counts] = {}
    async with _measured_app() as driver:
        for number in range(max(sizes)):
            await driver.write(build_turn(_USER, "thread", number))
            await driver.wait_until_processed(_USER, "thread", number + 1, EXTRACT_EVERY - 1)
            if number + 1 in sizes:
                counts[number + 1] = await read_counts(driver, number + 1)
    return counts


async def count_threads(turns: int, threads: int) -> Counts:
    """The turns of one user over several threads, one thread after the other."""
    each = turns // threads
    async with _measured_app() as driver:
        for number in range(turns):
            thread_id = f"thread-{number // each}"
            await driver.write(build_turn(_USER, thread_id, number))
            arrived = number % each + 1
            await driver.wait_until_processed(_USER, thread_id, arrived, EXTRACT_EVERY - 1)
        return await read_counts(driver, turns)


async def count_slow(turns: int, *, waits: bool = False) -> Counts:
    """One thread in pairs; before each of them the sweeper comes, 25 seconds after the last one.

    With `waits` a pair comes only when the one before it is extracted, however long that takes.
    In the end the silence lasts until nothing is open.
    """
    async with _measured_app() as driver:
        for first in range(0, turns, 2):
            for number in (first, first + 1):
                await driver.write(build_turn(_USER, "thread", number))
            await driver.wait_until_processed(_USER, "thread", first + 2, EXTRACT_EVERY - 1)
            await driver.sweep(_BETWEEN_PAIRS)
            await driver.wait_until_processed(_USER, "thread", first + 2, EXTRACT_EVERY - 1)
            if waits:
                await driver.sweep(_UNTIL_EXTRACTED)
                await driver.wait_until_processed(_USER, "thread", first + 2, 0)
        for _ in range(3):  # what a sweep starts can leave the user something to do
            await driver.sweep(_AT_THE_END)
            await driver.wait_until_processed(_USER, "thread", turns, EXTRACT_EVERY - 1)
        return await read_counts(driver, turns)


async def _count_first_lane(sizes: Sequence[int]) -> tuple[dict[int, Counts], dict[str, Counts]]:
    """The long thread, then the slow conversations."""
    long_thread = await count_long_thread(sizes)
    slow = await count_slow(_SLOW_TURNS)
    return long_thread, {"slow": slow, "slow_waiting": await count_slow(_SLOW_TURNS, waits=True)}


async def _count_second_lane(turns: int, threads: Sequence[int]) -> dict[int, Counts]:
    """The cases over several threads, one after the other."""
    return {count: await count_threads(turns, count) for count in threads}


async def count_everything(
    sizes: Sequence[int], threads: Sequence[int]
) -> tuple[dict[int, Counts], dict[int, Counts], dict[str, Counts]]:
    """Long thread, several threads, slow: two apps at once, each with servers of its own."""
    lanes = (_count_first_lane(sizes), _count_second_lane(max(sizes), threads))
    (long_thread, slow), over = await asyncio.gather(*lanes)
    return long_thread, over, slow
