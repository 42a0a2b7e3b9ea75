from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.turns import ThreadKey, Turn
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import (
    FAILED,
    KEY,
    ThreadRun,
    UserRun,
    fact_contents,
    thread_state,
    user_state,
)

OTHER = ThreadKey(user_id="u2", thread_id="t2")


def script(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)


async def sweep(app: MemoryApp, key: ThreadKey = KEY) -> tuple[bool, bool]:
    """Whether the sweep starts the thread and the user; whatever it starts is run."""
    report = await app.services.sweep.run()
    for started in report.threads:
        await ThreadRun(app, started).finish()
    for user_id in report.users:
        await UserRun(app, user_id).finish()
    return key in report.threads, key.user_id in report.users


async def test_an_idle_tail_is_extracted_with_its_first_summary_and_profile(
    app: MemoryApp,
) -> None:
    script(app)
    await app.say(KEY, "I own a cat", "I like tea")
    assert await sweep(app) == (False, False)
    app.clock.advance(app.settings.idle_flush_seconds + 2)
    assert await sweep(app) == (True, False)
    assert len(await fact_contents(app)) == 2
    state = await thread_state(app)
    assert (state.closed, state.summarized) == (2, 2)
    assert await sweep(app) == (False, True)
    assert (await user_state(app)).profiled == 2
    for _ in range(3):
        app.clock.advance(600)
        assert await sweep(app) == (False, False)


async def test_later_tails_are_extracted_soon_and_summarised_when_long_idle(
    app: MemoryApp,
) -> None:
    script(app)
    idle = app.settings.idle_flush_seconds + 2
    await app.say(KEY, "I own a cat")
    app.clock.advance(idle)
    await sweep(app)
    await sweep(app)
    await app.say(KEY, "I own a dog")
    # The store stamps turns with the real time: the second one is as old as the first by the clock.
    app.clock.advance(4 * idle)
    await sweep(app)
    state = await thread_state(app)
    assert (state.closed, state.summarized) == (2, 1)
    assert (await user_state(app)).profiled == 1
    app.clock.advance(app.settings.idle_summary_seconds)
    assert await sweep(app) == (True, True)
    assert (await thread_state(app)).summarized == 2
    assert (await user_state(app)).profiled == 2
    app.clock.advance(86_400)
    assert await sweep(app) == (False, False)


async def test_a_thread_that_goes_on_after_a_flush_gathers_turns_for_longer(
    app: MemoryApp,
) -> None:
    script(app)
    await app.say(KEY, "I own a cat")
    app.clock.advance(app.settings.idle_flush_seconds + 2)
    assert await sweep(app) == (True, False)
    await app.say(KEY, "I own a dog")
    await sweep(app)
    assert (await thread_state(app)).pending == 1
    app.clock.advance(4 * app.settings.idle_flush_seconds)
    await sweep(app)
    assert (await thread_state(app)).pending == 0


@pytest.mark.parametrize(
    ("name", "closed", "summarized"),
    [("MEMORY_IDLE_FLUSH_SECONDS", 0, 0), ("THREAD_SUMMARY_EVERY_N", 1, 0)],
)
async def test_what_is_off_is_not_flushed(
    open_app: OpenApp, name: str, closed: int, summarized: int
) -> None:
    app = await open_app(**{name: 0, "MEMORY_IDLE_SUMMARY_SECONDS": 0})
    script(app)
    await app.say(KEY, "I own a cat")
    for _ in range(3):
        app.clock.advance(86_400)
        await sweep(app)
    state = await thread_state(app)
    assert (state.closed, state.summarized) == (closed, summarized)


async def test_a_run_that_stands_still_is_started_again_and_a_working_one_is_not(
    app: MemoryApp,
) -> None:
    script(app)
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    await ThreadRun(app).plan()
    assert await sweep(app) == (False, False)
    app.clock.advance(app.settings.stale_seconds + 2)
    assert (await sweep(app))[0]
    assert (await thread_state(app)).closed == 5


async def test_a_thread_that_is_due_but_was_not_started_is_started(app: MemoryApp) -> None:
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    assert (await app.services.sweep.run()).threads == [KEY]


async def test_a_postponed_thread_is_started_when_it_is_time(app: MemoryApp) -> None:
    script(app)
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    run = ThreadRun(app)
    await run.commit(await run.plan(), FAILED)
    assert not (await sweep(app))[0]
    app.clock.advance(app.settings.defer_seconds + 1)
    assert (await sweep(app))[0]
    assert (await thread_state(app)).closed == 5


async def test_turns_that_the_trigger_never_saw_are_found_and_counted(app: MemoryApp) -> None:
    script(app)
    await app.say(KEY, "I own cat 0")
    await app.write(KEY, *[f"I own cat {n}" for n in range(1, 5)])
    await app.write(OTHER, *[f"I own dog {n}" for n in range(5)])
    assert (await app.services.sweep.run()).threads == []
    app.clock.advance(app.settings.scan_grace_seconds + 5)
    report = await app.services.sweep.run()
    assert {(key.user_id, key.thread_id) for key in report.threads} == {("u1", "t1"), ("u2", "t2")}
    assert (await thread_state(app)).arrived == 5
    assert (await thread_state(app, OTHER)).arrived == 5


async def test_turns_that_were_written_while_nobody_swept_are_found_later(app: MemoryApp) -> None:
    await app.services.sweep.run()
    await app.write(KEY, "1")
    app.clock.advance(7 * 86_400)
    await app.services.sweep.run()
    assert (await thread_state(app)).arrived == 1


async def test_one_look_at_the_turns_is_not_repeated_by_the_next(
    app: MemoryApp,
) -> None:
    await app.say(KEY, "I own a cat")
    app.clock.advance(app.settings.scan_grace_seconds + 5)
    await app.services.sweep.run()
    app.clock.advance(60)
    app.cosmos.reset_stats()
    await app.services.sweep.run()
    assert app.cosmos.count_requests()["batch", "counter"] == 0


async def test_users_whose_run_stands_still_or_is_due_are_started(open_app: OpenApp) -> None:
    app = await open_app(USER_SUMMARY_EVERY_N=5)
    script(app)
    await app.say(KEY, *[f"I own cat {n}" for n in range(5)])
    await ThreadRun(app).finish()
    assert (await app.services.sweep.run()).users == ["u1"]
    await UserRun(app).plan()
    assert (await app.services.sweep.run()).users == []
    app.clock.advance(app.settings.stale_seconds + 2)
    assert (await app.services.sweep.run()).users == ["u1"]


class SlowTurns:
    """Turns of one thread, one a page, each of which takes a while to read."""

    def __init__(self, app: MemoryApp, stamps: list[int]) -> None:
        self.app = app
        self.stamps = stamps
        self.starts: list[int] = []

    async def read(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[Turn]:
        return []

    async def scan(self, since: int, until: int) -> AsyncIterator[list[dict[str, Any]]]:
        self.starts.append(since)
        for stamp in self.stamps:
            if since <= stamp < until:
                self.app.clock.advance(15)
                ids = {"id": f"turn-{stamp}", **KEY.model_dump()}
                yield [{**ids, "type": "turn", "_ts": stamp}]


async def test_a_scan_that_takes_too_long_goes_on_where_it_was_at_the_next_sweep(
    open_app: OpenApp,
) -> None:
    app = await open_app(MEMORY_SCAN_BUDGET_SECONDS=20, MEMORY_SCAN_OVERLAP_SECONDS=300)
    slow = SlowTurns(app, [1000, 2000, 3000, 4000, 5000])
    sweep = replace(app.services.sweep, turns=slow)
    arrived: list[int] = []
    for _ in range(3):
        await sweep.run()
        arrived.append((await thread_state(app)).arrived)
    assert arrived == [2, 3, 4], "each goes on at the mark, and gets further"
    while (await app.services.sweep.index.load_scan_mark()).until <= 5000:
        await sweep.run()
    assert (await thread_state(app)).arrived == 5
    assert slow.starts[:4] == [0, 2000, 3000, 4000]
    mark = await app.services.sweep.index.load_scan_mark()
    assert mark.complete
    await sweep.run()
    assert slow.starts[-1] == mark.bounded(app.settings.scan_grace_seconds).until - 300


async def test_one_sweep_starts_only_so_many(open_app: OpenApp) -> None:
    app = await open_app(MEMORY_SWEEP_STARTS=2)
    script(app)
    keys = [ThreadKey(user_id=f"u{n}", thread_id="t") for n in range(5)]
    for key in keys:
        await app.say(key, *[f"I own cat {n}" for n in range(5)])
    started: list[ThreadKey] = []
    for expected in (2, 2, 1, 0):
        report = await app.services.sweep.run()
        assert len(report.threads) == expected
        for key in report.threads:
            await ThreadRun(app, key).finish()
        started += report.threads
    assert sorted(key.user_id for key in started) == [key.user_id for key in keys]


async def test_what_a_sweep_reads_does_not_count_as_the_apps_own_requests(app: MemoryApp) -> None:
    app.cosmos.reset_stats()
    await app.services.sweep.run()
    agents = app.cosmos.user_agents()
    assert agents and all(agent.endswith("-sweep") for agent in agents)
