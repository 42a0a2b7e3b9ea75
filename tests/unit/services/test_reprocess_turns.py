"""Each turn is processed once in each generation, whatever happens meanwhile."""

import pytest

from shared.domain.dead_letters import Selection
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.reprocessing import (
    begin,
    process,
    reprocess,
    reword,
)
from tests.unit.services.runs import (
    FAILED,
    KEY,
    ThreadRun,
    fact_contents,
    ledger,
    thread_state,
    user_state,
)
from tests.unit.services.test_extract_facts import FIVE, refuse_poison


async def test_a_turn_is_in_one_chunk_of_each_generation_and_counted_once(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await reprocess(app)
    state = await thread_state(app)
    assert (state.arrived, state.closed, state.idle, state.reprocess) == (5, 5, True, None)
    assert state.outcomes["extracted"] == 5
    assert (await user_state(app)).turns == 5
    first, second = await ledger(app)
    assert sorted(first["turn_ids"]) == sorted(second["turn_ids"])


async def test_dead_letters_are_tried_again_and_leave_the_box(app: MemoryApp) -> None:
    await process(app, *FIVE)
    app.model.answer_by(EXTRACT, refuse_poison)
    await app.say(KEY, *FIVE[:4], "poison")
    await ThreadRun(app).finish()
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await reprocess(app)
    assert await app.services.dead_letters.list_page(Selection()) == []
    assert "Said: poison" in await fact_contents(app)
    state = await thread_state(app)
    assert (state.outcomes["dead_lettered"], state.outcomes["extracted"]) == (0, 10)


async def test_turns_that_were_processed_elsewhere_stay_there(app: MemoryApp) -> None:
    await process(app, *FIVE[:2])
    await app.say(KEY, *FIVE[2:], extracted_at="2026-07-01T00:00:00Z")
    await ThreadRun(app).finish()
    await reprocess(app)
    assert (await thread_state(app)).outcomes["elsewhere"] == 3
    assert sorted(len(record["turn_ids"]) for record in await ledger(app)) == [2, 5]


async def test_turns_before_the_moment_stay_closed(app: MemoryApp) -> None:
    await process(app, *FIVE)
    state = await begin(app, since=(await thread_state(app)).last_arrival + 10)
    assert state.generation == 1
    await ThreadRun(app).finish()
    assert len(await ledger(app)) == 1
    assert (await thread_state(app)).reprocess is None


async def test_turns_that_arrive_meanwhile_are_processed_once(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await begin(app)
    run = ThreadRun(app)
    plan = await run.plan()
    new = [f"{text} again" for text in FIVE]
    await app.say(KEY, *new)
    await run.round(plan)
    await run.finish()
    assert await fact_contents(app) == {f"Said: {text}" for text in [*FIVE, *new]}
    assert (await user_state(app)).turns == 10
    assert [len(record["turn_ids"]) for record in await ledger(app)] == [5, 5, 5]
    assert (await thread_state(app)).reprocess is None


async def test_a_chunk_that_was_claimed_before_is_derived_anew_after_it(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await app.say(KEY, *[f"{text} again" for text in FIVE])
    run = ThreadRun(app)
    plan = await run.plan()
    await begin(app)
    await run.round(plan)
    await run.finish()
    generations = [(len(r["turn_ids"]), r["generation"]) for r in await ledger(app)]
    assert generations == [(5, 0), (5, 0), (10, 1)]
    assert (await user_state(app)).turns == 10


async def test_a_hundred_turns_are_opened_in_batches_and_any_of_them_may_be_the_last(
    app: MemoryApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [f"I own cat {n}" for n in range(100)]
    await process(app, *contents)
    before = await fact_contents(app)
    await begin(app)

    class CrashError(Exception):
        pass

    log = app.services.plan_thread._reopen_turns.log
    reopen = type(log).reopen

    async def crash_after(self: object, *given: object) -> object:
        await reopen(self, *given)  # pyright: ignore[reportArgumentType]
        raise CrashError

    for opened in (45, 90, 100):
        with monkeypatch.context() as patched:
            patched.setattr(type(log), "reopen", crash_after)
            with pytest.raises(CrashError):
                await ThreadRun(app).plan()
        state = await thread_state(app)
        assert state.reprocess
        assert (state.reprocess.open, state.closed) == (opened, 100 - opened)
    await ThreadRun(app).finish()
    assert await fact_contents(app) == before
    state = await thread_state(app)
    assert (state.closed, state.outcomes["extracted"], state.reprocess) == (100, 100, None)
    records = [record for record in await ledger(app) if record["generation"] == 1]
    members = [turn_id for record in records for turn_id in record["turn_ids"]]
    assert len(members) == len(set(members)) == 100


async def test_a_later_request_takes_over_what_an_earlier_one_has_left(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await begin(app, 1)
    run = ThreadRun(app)
    plan = await run.plan()
    state = await begin(app, 2, since=2**31)
    assert state.reprocess
    assert state.reprocess.since == 0
    assert (await begin(app, 1)).generation == 2
    await run.round(plan)
    await run.finish()
    assert [record["generation"] for record in await ledger(app)] == [0, 1, 2]
    assert (await thread_state(app)).reprocess is None


async def test_a_generation_whose_end_fails_holds_no_turn_up_and_is_ended_later(
    app: MemoryApp,
) -> None:
    await process(app, *FIVE)
    app.model.answer_by(EXTRACT, reword)
    await begin(app)
    run = ThreadRun(app)
    await run.round(await run.plan())
    plan = await run.plan()
    assert plan.retire
    await app.say(KEY, *[f"{text} again" for text in FIVE])
    assert (await run.plan()).extract
    await run.finish()
    assert len(await fact_contents(app)) == 15
    app.clock.advance(3600)
    assert (await app.services.sweep.run()).threads == [KEY]
    await run.finish()
    assert await fact_contents(app) == {f"Told: {t}" for f in FIVE for t in (f, f"{f} again")}


async def test_a_chunk_of_the_generation_that_is_given_up_keeps_the_old_memories(
    open_app: OpenApp,
) -> None:
    app = await open_app(MEMORY_RETRY_HORIZON_SECONDS=1, MEMORY_DEFER_SECONDS=10)
    await process(app, *FIVE)
    await begin(app)
    run = ThreadRun(app)
    await run.commit(await run.plan(), FAILED)
    app.clock.advance(7200)
    await run.commit(await run.plan(), FAILED)
    await run.finish()
    assert await fact_contents(app) == {f"Said: {text}" for text in FIVE}
    assert (await thread_state(app)).outcomes["dead_lettered"] == 5


async def test_two_workers_open_and_derive_the_same_turns_once(
    app: MemoryApp, open_app: OpenApp
) -> None:
    await process(app, *FIVE)
    await begin(app)
    twin = await open_app()
    twin.model.answer_by(SUMMARIZE, summary_of_all)
    first, second = ThreadRun(app), ThreadRun(twin)
    plans = [await first.plan(), await second.plan()]
    assert plans[0].claim_key == plans[1].claim_key
    await first.round(plans[0])
    await second.commit(plans[1], FAILED)
    await second.finish()
    assert [len(record["turn_ids"]) for record in await ledger(app)] == [5, 5]
    assert (await user_state(app)).turns == 5
