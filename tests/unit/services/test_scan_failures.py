"""Threads that cannot be counted: the scan and a backfill go on, and owe them what they missed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.backfill import BackfillRequest
from shared.domain.turns import ThreadKey, Turn
from shared.ports import TurnReader
from tests.conftest import OpenApp
from tests.fakes.clock import SettableClock
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.failing_threads import counting
from tests.unit.services.runs import KEY, thread_state

OTHER = ThreadKey(user_id="u2", thread_id="t2")
NAMES = "abcdefgh"
_PAGE_SECONDS = 15


class SlowPages:
    """A TurnReader that gives one turn a page, each after a while."""

    def __init__(self, turns: TurnReader, clock: SettableClock) -> None:
        self.turns = turns
        self.clock = clock
        self.pages = 0

    async def read(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[Turn]:
        return await self.turns.read(key, turn_ids)

    async def scan(
        self, since: int, until: int, *, user_id: str | None = None, page_size: int = 500
    ) -> AsyncIterator[list[dict[str, Any]]]:
        # One turn a second, as the store's own stamps are of one and the same.
        async for page in self.turns.scan(0, 2**31, user_id=user_id, page_size=page_size):
            for second, turn in enumerate(sorted(page, key=lambda turn: turn["user_id"]), 1):
                if since <= second < until:
                    self.pages += 1
                    self.clock.advance(_PAGE_SECONDS)
                    yield [{**turn, "_ts": second}]


async def write_to_all(app: MemoryApp) -> None:
    for name in NAMES:
        await app.write(ThreadKey(user_id=f"user {name}", thread_id=name), "I own a cat")


async def counted(app: MemoryApp) -> set[str]:
    return {mark["thread_id"] for mark in await app.find(app.counters, "c.type = 'seen'")}


@pytest.mark.parametrize("failing", [{"t1"}, {"t1", "t2"}])
async def test_what_was_not_counted_is_owed_until_it_is(app: MemoryApp, failing: set[str]) -> None:
    await app.services.sweep.run()
    await app.write(KEY, "1")
    await app.write(OTHER, "2")
    app.clock.advance(app.settings.scan_grace_seconds + 5)
    count_turns, threads = counting(app, failing)
    broken = replace(app.services.sweep, count_turns=count_turns)
    for _ in range(3):
        await broken.run()
        app.clock.advance(86_400)
        mark = await broken.index.load_scan_mark()
        assert 0 < mark.counted_to <= mark.owed_from
    threads.failing.clear()
    await broken.run()
    assert (await broken.index.load_scan_mark()).owed_from == 0
    assert (await thread_state(app)).arrived == 1
    assert (await thread_state(app, OTHER)).arrived == 1


async def test_a_thread_that_cannot_be_counted_neither_stops_a_scan_nor_lets_it_run_on(
    open_app: OpenApp,
) -> None:
    app = await open_app(MEMORY_SCAN_BUDGET_SECONDS=20, MEMORY_SCAN_GRACE_SECONDS=0)
    await write_to_all(app)
    count_turns, threads = counting(app, {"a"})
    slow = SlowPages(app.services.sweep.turns, app.clock)
    sweep = replace(app.services.sweep, count_turns=count_turns, turns=slow)
    for _ in NAMES:
        slow.pages = 0
        await sweep.run()
        assert slow.pages <= 3, "the time that a scan may take"
    assert await counted(app) == set(NAMES) - {"a"}
    threads.failing.clear()
    for _ in NAMES:
        await sweep.run()
    assert await counted(app) == set(NAMES)


async def test_a_backfill_waits_for_a_thread_for_some_minutes_and_goes_on_without_it(
    app: MemoryApp,
) -> None:
    await write_to_all(app)
    count_turns, _ = counting(app, {"a"})
    request = BackfillRequest()
    await app.services.backfills.begin(request)
    slow = SlowPages(app.services.run_backfill.turns, app.clock)
    backfill = replace(app.services.run_backfill, count_turns=count_turns, turns=slow)
    waited = 0.0
    for _ in range(200):
        step, _ = await backfill.run(request.backfill_id)
        if step.done:
            break
        app.clock.advance(step.pause_seconds)
        waited += step.pause_seconds
    assert 100 < waited <= 600
    assert await counted(app) == set(NAMES) - {"a"}
    [described] = await app.services.backfills.describe_all(request.backfill_id)
    assert (described["stage"], described["threads_not_counted"]) == ("done", 1)


async def test_a_backfill_counts_a_thread_that_failed_only_for_a_while(app: MemoryApp) -> None:
    await write_to_all(app)
    count_turns, threads = counting(app, {"a"})
    request = BackfillRequest()
    await app.services.backfills.begin(request)
    backfill = replace(app.services.run_backfill, count_turns=count_turns)
    step, _ = await backfill.run(request.backfill_id)
    assert (step.done, step.pause_seconds) == (False, pytest.approx(10))
    app.clock.advance(step.pause_seconds)
    threads.failing.clear()
    while not step.done:
        step, _ = await backfill.run(request.backfill_id)
        app.clock.advance(step.pause_seconds)
    assert await counted(app) == set(NAMES)
    [described] = await app.services.backfills.describe_all(request.backfill_id)
    assert described["threads_not_counted"] == 0
