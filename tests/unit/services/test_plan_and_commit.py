import pytest

from shared.domain.errors import ConflictError
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, facts, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import (
    FAILED,
    KEY,
    ThreadRun,
    fact_contents,
    ledger,
    thread_state,
    user_state,
)


def contents(count: int, first: int = 0) -> list[str]:
    return [f"I own {n} cats" for n in range(first, first + count)]


async def test_nothing_is_planned_before_the_cadence_and_the_thread_rests(app: MemoryApp) -> None:
    assert not (await ThreadRun(app).plan()).due
    await app.say(KEY, *contents(4))
    assert not (await ThreadRun(app).plan()).due
    state = await thread_state(app)
    assert (state.idle, state.claim) == (True, None)


async def test_every_turn_is_in_one_chunk_in_order_of_arrival(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    for size in (3, 4, 1, 27, 8):
        await app.say(KEY, *contents(size))
        await ThreadRun(app).finish()
    records = await ledger(app)
    assert [record["chunk"] for record in records] == list(range(1, len(records) + 1))
    members = [turn_id for record in records for turn_id in record["turn_ids"]]
    assert members == [f"turn-{n}" for n in range(1, len(members) + 1)]
    state = await thread_state(app)
    assert (state.arrived, state.closed, state.idle) == (43, len(members), True)
    assert state.pending < 5
    assert max(len(record["turn_ids"]) for record in records) == 20


async def test_a_claim_is_adopted_with_its_turns_although_more_have_arrived(
    open_app: OpenApp,
) -> None:
    one, other = await open_app(), await open_app()
    await one.say(KEY, *contents(5))
    first = await ThreadRun(one).plan()
    assert (first.chunk, first.adopted) == (1, False)
    await one.say(KEY, *contents(5, 5))
    for app in (one, other):
        again = await ThreadRun(app).plan()
        assert again == first.model_copy(update={"adopted": True})
    state = await thread_state(one)
    assert state.claim is not None
    assert state.claim.turn_ids == [f"turn-{n}" for n in range(1, 6)]
    assert not state.idle


async def test_two_workers_that_plan_on_what_they_remember_make_one_claim(
    open_app: OpenApp,
) -> None:
    one, other = await open_app(), await open_app()
    await one.say(KEY, *contents(4))
    await other.say(KEY, *contents(1, 4), id="turn-5")
    plans = [await ThreadRun(app).plan() for app in (one, other)]
    assert len({plan.claim_key for plan in plans}) == 1
    assert [plan.adopted for plan in plans].count(False) == 1


async def test_committing_twice_counts_and_records_once(open_app: OpenApp) -> None:
    one, other = await open_app(), await open_app()
    one.model.answer(EXTRACT, facts())
    await one.say(KEY, *contents(5))
    run = ThreadRun(one)
    plan = await run.plan()
    await run.extract(plan)
    extracted = await run.persist(plan)
    await run.commit(plan, extracted)
    before = await one.find(one.counters)
    for app in (one, other):
        result = await ThreadRun(app).commit(plan, extracted)
        assert not result.due
    assert await one.find(one.counters) == before
    assert (await user_state(one)).turns == 5


async def test_a_worker_that_lost_its_claim_has_no_effect(open_app: OpenApp) -> None:
    slow, quick = await open_app(), await open_app()
    slow.model.answer(EXTRACT, facts())
    quick.model.answer_by(EXTRACT, fact_of_each_turn)
    await slow.say(KEY, *contents(5))
    plan = await ThreadRun(slow).plan()
    await ThreadRun(quick).finish()
    before = await slow.find(slow.memories)
    with pytest.raises(ConflictError):
        await ThreadRun(slow).extract(plan)
    with pytest.raises(ConflictError):
        await ThreadRun(slow).persist(plan)
    await ThreadRun(slow).commit(plan, FAILED)
    assert await slow.find(slow.memories) == before
    state = await thread_state(slow)
    assert (state.closed, state.retry) == (5, {})


async def test_a_user_is_counted_although_the_first_commit_broke_off_in_between(
    app: MemoryApp,
) -> None:
    app.model.answer(EXTRACT, facts())
    await app.say(KEY, *contents(5))
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    extracted = await run.persist(plan)
    await app.say(ThreadKey(user_id="u1", thread_id="t2"), "hello there")
    await run.commit(plan, extracted)
    assert (await user_state(app)).turns == 5
    assert len(await app.find(app.counters, "c.type = 'user_chunk'")) == 1


async def test_a_failed_extraction_keeps_its_claim_and_is_adopted_when_it_is_time(
    app: MemoryApp,
) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *contents(5))
    run = ThreadRun(app)
    plan = await run.plan()
    result = await run.commit(plan, FAILED)
    assert not result.due
    postponed = await thread_state(app)
    assert (postponed.idle, postponed.closed) == (True, 0)
    assert postponed.claim is not None
    assert not (await run.plan()).due
    app.clock.advance(app.settings.defer_seconds + 1)
    adopted = await run.plan()
    assert (adopted.claim_key, adopted.adopted) == (plan.claim_key, True)
    await run.round(adopted)
    state = await thread_state(app)
    assert (state.closed, state.retry, state.claim) == (5, {}, None)
    assert len(await fact_contents(app)) == 5


async def test_the_pauses_of_a_thread_that_keeps_failing_grow(app: MemoryApp) -> None:
    await app.say(KEY, *contents(5))
    run = ThreadRun(app)
    pauses: list[float] = []
    for _ in range(4):
        await run.commit(await run.plan(), FAILED)
        state = await thread_state(app)
        pauses.append(round(state.retry["extract"].next_at - app.clock.now()))
        app.clock.advance(pauses[-1] + 1)
    assert pauses == [60, 120, 240, 480]


async def test_an_answer_that_was_bought_before_a_failure_is_used_after_it(
    open_app: OpenApp,
) -> None:
    one, other = await open_app(), await open_app()
    one.model.answer_by(EXTRACT, fact_of_each_turn)
    await one.say(KEY, *contents(5))
    plan = await ThreadRun(one).plan()
    await ThreadRun(one).extract(plan)
    await ThreadRun(one).commit(plan, FAILED)
    one.clock.advance(3600)
    await ThreadRun(other).finish()
    assert other.model.calls == []
    assert len(await fact_contents(one)) == 5


async def test_turns_that_arrive_while_a_claim_is_committed_are_planned_next(
    app: MemoryApp,
) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *contents(5))
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    extracted = await run.persist(plan)
    await app.say(KEY, *contents(5, 5))
    assert (await run.commit(plan, extracted)).due
    assert not (await thread_state(app)).idle
    assert (await run.plan()).chunk == 2


async def test_a_commit_says_that_the_profile_is_due_once_the_threshold_is_crossed(
    open_app: OpenApp,
) -> None:
    app = await open_app(USER_SUMMARY_EVERY_N=10, THREAD_SUMMARY_EVERY_N=0)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    due: list[bool] = []
    for thread in ("t1", "t2", "t3"):
        key = ThreadKey(user_id="u1", thread_id=thread)
        await app.say(key, *contents(5))
        run = ThreadRun(app, key)
        due.append((await run.round(await run.plan())).profile_due)
    assert due == [False, True, True]


async def test_extraction_that_is_off_closes_chunks_without_a_model(open_app: OpenApp) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=0, THREAD_SUMMARY_EVERY_N=4)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(KEY, *contents(9))
    await ThreadRun(app).finish()
    assert app.model.count_calls(EXTRACT) == 0
    [record] = await ledger(app)
    assert set(record["outcomes"].values()) == {"off"}
    assert (await thread_state(app)).outcomes["off"] == 9


@pytest.mark.parametrize("left", [0, 2])
async def test_turns_whose_marks_have_expired_are_recorded_as_gone(
    open_app: OpenApp, left: int
) -> None:
    counting, app = await open_app(), await open_app()  # another worker remembers the turns
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await counting.say(KEY, *contents(5))
    for mark in await app.find(
        app.counters, "c.type = 'seen' AND c.turn_id > @n", n=f"turn-{left}"
    ):
        await app.counters.delete_item(mark["id"], partition_key=["u1", "t1"])
    await app.services.flush.mark_thread(KEY, refresh=True)
    await ThreadRun(app).finish()
    await ThreadRun(app).plan()
    state = await thread_state(app)
    assert (state.closed, state.summarized, state.idle) == (5, 5, True)
    assert (state.outcomes["gone"], state.outcomes.get("extracted", 0)) == (5 - left, left)
    app.clock.advance(86_400)
    assert (await counting.services.sweep.run()).threads == []
