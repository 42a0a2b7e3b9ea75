"""Backfills: which turns they reach, how fast they go, and that they go on after anything."""

from typing import Any

import pytest

from shared.domain.backfill import BackfillRequest
from shared.domain.errors import ConflictError
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.reprocessing import process, reword
from tests.unit.services.runs import FAILED, ThreadRun, fact_contents, ledger, thread_state

FIVE = [f"I own {n} cats" for n in range(5)]
KEYS = [ThreadKey(user_id=user, thread_id=thread) for user in ("u1", "u2") for thread in "ab"]
ANEW = BackfillRequest(reprocess=True)
_MOST_STEPS = 200


async def begin(app: MemoryApp, request: BackfillRequest) -> dict[str, Any]:
    return await app.services.backfills.begin(request)


async def step(app: MemoryApp, request: BackfillRequest) -> tuple[float, list[ThreadKey]]:
    """The pause that one step asks for (-1: it was the last), and the threads that it starts."""
    done, due = await app.services.run_backfill.run(request.backfill_id)
    return -1 if done.done else done.pause_seconds, due


async def finish(app: MemoryApp, request: BackfillRequest) -> list[list[ThreadKey]]:
    """Steps to the end, each pause kept, each thread run; the threads of each page."""
    app.model.answer_by(SUMMARIZE, summary_of_all)
    pages: list[list[ThreadKey]] = []
    for _ in range(_MOST_STEPS):
        pause, due = await step(app, request)
        if due:
            pages.append(due)
        for key in due:
            await ThreadRun(app, key).finish()
        if pause < 0:
            return pages
        app.clock.advance(pause)
    raise AssertionError("the backfill never ends")


async def describe(app: MemoryApp, request: BackfillRequest) -> dict[str, Any]:
    [found] = await app.services.backfills.describe_all(request.backfill_id)
    return found


async def converse(app: MemoryApp) -> None:
    for key in KEYS:
        await process(app, *FIVE, key=key)


async def test_turns_that_nobody_counted_are_counted_and_processed(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    for key in KEYS:
        await app.write(key, *FIVE)
    request = BackfillRequest()
    await begin(app, request)
    await finish(app, request)
    assert len(await ledger(app)) == 4
    found = await describe(app, request)
    assert (found["stage"], found["turns"], found["threads_at_work"]) == ("done", 20, 0)


async def test_a_backfill_of_one_user_leaves_the_others_alone(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    for key in KEYS:
        await app.write(key, *FIVE)
    request = BackfillRequest(user_id="u2")
    await begin(app, request)
    await finish(app, request)
    assert {record["user_id"] for record in await ledger(app)} == {"u2"}


async def test_turns_before_the_moment_are_left_alone(app: MemoryApp) -> None:
    documents = await app.write(KEYS[0], *FIVE)
    request = BackfillRequest(since=documents[-1]["_ts"] + 100)
    await begin(app, request)
    app.clock.advance(200)
    await finish(app, request)
    assert await ledger(app) == []


async def test_every_thread_is_processed_anew_once_and_unseen_turns_once(app: MemoryApp) -> None:
    await converse(app)
    app.model.answer_by(EXTRACT, reword)
    new = ThreadKey(user_id="u3", thread_id="c")
    await app.write(new, *FIVE)
    await begin(app, ANEW)
    await finish(app, ANEW)
    records = await ledger(app)
    assert sorted(record["generation"] for record in records) == [0] * 5 + [1] * 4
    assert await fact_contents(app) == {f"Told: {text}" for text in FIVE}
    found = await describe(app, ANEW)
    assert (found["turns"], found["reprocess"]) == (25, True)


async def test_each_request_to_process_anew_has_a_generation_of_its_own(app: MemoryApp) -> None:
    await process(app, *FIVE, key=KEYS[0])
    for _ in range(2):
        assert (await begin(app, ANEW))["joined"] is False
        await finish(app, ANEW)
    one = BackfillRequest(user_id="u1", reprocess=True)
    await begin(app, one)
    await finish(app, one)
    assert [record["generation"] for record in await ledger(app)] == [0, 1, 2, 3]


async def test_the_same_request_joins_the_backfill_that_is_under_way(app: MemoryApp) -> None:
    await process(app, *FIVE, key=KEYS[0])
    first = await begin(app, ANEW)
    await step(app, ANEW)
    await ThreadRun(app, KEYS[0]).finish()
    again = await begin(app, ANEW)
    assert (first["joined"], again["joined"]) == (False, True)
    assert (again["id"], again["threads"]) == (first["id"], 1)
    await finish(app, ANEW)
    assert (await thread_state(app, KEYS[0])).generation == 1


async def test_pages_keep_to_the_turns_a_minute(open_app: OpenApp) -> None:
    app = await open_app(MEMORY_BACKFILL_TURNS_PER_MINUTE=30)
    await converse(app)
    await begin(app, ANEW)
    before = app.clock.now()
    pages = await finish(app, ANEW)
    assert [len(page) for page in pages] == [1, 1, 1, 1]
    # Five turns take ten seconds; the last page is waited for, too.
    assert 30 <= app.clock.now() - before <= 50


async def test_no_page_begins_while_too_many_threads_are_at_work(open_app: OpenApp) -> None:
    app = await open_app(MEMORY_BACKFILL_THREADS=2, MEMORY_BACKFILL_TURNS_PER_MINUTE=100_000)
    await converse(app)
    await begin(app, ANEW)
    pause, first = await step(app, ANEW)
    assert first == KEYS[:2]
    assert pause > 0
    app.clock.advance(60)
    assert (await step(app, ANEW))[1] == []
    await ThreadRun(app, KEYS[0]).finish()
    assert (await step(app, ANEW))[1] == [KEYS[2]]
    for key in KEYS[:3]:
        await ThreadRun(app, key).finish()
    await finish(app, ANEW)
    assert (await describe(app, ANEW))["stage"] == "done"


async def test_a_thread_that_keeps_failing_does_not_hold_the_others_up(open_app: OpenApp) -> None:
    app = await open_app(MEMORY_BACKFILL_THREADS=1)
    await converse(app)
    await begin(app, ANEW)
    _, [key] = await step(app, ANEW)
    run = ThreadRun(app, key)
    plan = await run.plan()
    await run.commit(plan, FAILED)
    app.clock.advance(30)
    assert (await step(app, ANEW))[1] == [KEYS[1]]


async def test_a_page_that_was_cut_off_before_its_end_was_noted_is_done_again(
    app: MemoryApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process(app, *FIVE, key=KEYS[0])
    await begin(app, ANEW)
    with monkeypatch.context() as patched:

        async def crash(*_: object) -> None:
            raise ConflictError("cut off")

        patched.setattr(type(app.services.run_backfill.log), "save", crash)
        with pytest.raises(ConflictError):
            await step(app, ANEW)
    assert (await thread_state(app, KEYS[0])).generation == 1
    assert await finish(app, ANEW) == [[KEYS[0]]]
    assert [record["generation"] for record in await ledger(app)] == [0, 1]


async def test_two_workers_on_one_backfill_read_each_page_once(
    app: MemoryApp, open_app: OpenApp
) -> None:
    await converse(app)
    twin = await open_app()
    await begin(app, ANEW)
    await step(app, ANEW)
    assert (await step(twin, ANEW))[1] == []
    found = await describe(app, ANEW)
    assert found["threads"] == 2


async def test_a_cancelled_backfill_begins_no_thread_more(open_app: OpenApp) -> None:
    app = await open_app(MEMORY_BACKFILL_THREADS=1)
    await converse(app)
    await begin(app, ANEW)
    _, [key] = await step(app, ANEW)
    assert await app.services.backfills.cancel() == 1
    assert await step(app, ANEW) == (-1, [])
    assert (await describe(app, ANEW))["stage"] == "cancelled"
    await ThreadRun(app, key).finish()
    assert (await thread_state(app, key)).reprocess is None
    assert (await thread_state(app, KEYS[1])).generation == 0
    assert await app.services.backfills.cancel() == 0


async def test_a_backfill_that_nobody_moves_is_found_and_an_ended_one_is_not(
    app: MemoryApp,
) -> None:
    await process(app, *FIVE, key=KEYS[0])
    await begin(app, ANEW)
    assert (await app.services.sweep.run()).backfills == []
    app.clock.advance(3600)
    assert (await app.services.sweep.run()).backfills == [ANEW.backfill_id]
    await finish(app, ANEW)
    assert (await app.services.sweep.run()).backfills == []


async def test_a_step_of_an_unknown_backfill_is_its_last(app: MemoryApp) -> None:
    assert await step(app, BackfillRequest(user_id="nobody")) == (-1, [])


async def test_the_sweeper_starts_a_thread_that_owes_a_generation(app: MemoryApp) -> None:
    await process(app, *FIVE, key=KEYS[0])
    await begin(app, ANEW)
    await step(app, ANEW)
    assert (await app.services.sweep.run()).threads == [KEYS[0]]
