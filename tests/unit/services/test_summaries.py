import pytest

from shared.domain.errors import ModelRefusedError
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, facts, summary, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import FAILED, KEY, ThreadRun, thread_state

ONLY_SUMMARIES = {"FACT_EXTRACTION_EVERY_N": 0, "THREAD_SUMMARY_EVERY_N": 2}


async def stored_summary(app: MemoryApp) -> Document:
    return await app.read(app.summaries, "summary_u1_t1", KEY)


def texts(count: int, first: int = 1) -> list[str]:
    return [f"word {n}" for n in range(first, first + count)]


async def test_a_summary_folds_every_turn_once_in_order(open_app: OpenApp) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=4, FACT_EXTRACTION_EVERY_N=2)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    for first in range(1, 25, 3):
        await app.say(KEY, *texts(3, first))
        await ThreadRun(app).finish()
    document = await stored_summary(app)
    assert document["metadata"]["structured_summary"]["key_points"] == texts(24)
    assert document["metadata"]["source_count"] == 24
    state = await thread_state(app)
    assert document["metadata"]["chunks"] == [1, state.chunks]
    assert (state.summarized, state.closed) == (24, 24)


async def test_a_backlog_of_more_turns_than_a_call_takes_is_folded_in_several(
    open_app: OpenApp,
) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=2, FACT_EXTRACTION_EVERY_N=1)
    app.model.answer_by(EXTRACT, lambda _: facts())
    run = ThreadRun(app)
    await app.say(KEY, "word 1", "word 2")
    plan = await run.plan()
    await run.extract(plan)
    await run.commit(plan, await run.persist(plan), FAILED)
    for n in range(6):  # while the summary waits for its next try
        await app.say(KEY, *(f"word {n} {m}" for m in range(20)))
        await run.finish()
    assert app.model.count_calls(SUMMARIZE) == 0
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.clock.advance(3600)
    await run.finish()
    calls = [call for call in app.model.calls if call.schema_name == SUMMARIZE]
    assert [len(call.payload["turns"]) for call in calls] == [2, 100, 20]
    document = await stored_summary(app)
    shown = [turn["text"] for call in calls for turn in call.payload["turns"]]
    assert len(set(shown)) == len(shown) == document["metadata"]["source_count"]
    assert document["metadata"]["chunks"] == [1, 7]


async def test_a_summary_that_was_written_although_its_step_failed_is_folded_once(
    open_app: OpenApp,
) -> None:
    app = await open_app(**ONLY_SUMMARIES)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(KEY, *texts(2))
    run = ThreadRun(app)
    plan = await run.plan()
    await run.summarize(plan)
    await run.commit(plan, None, FAILED)  # its reply was lost
    await app.say(KEY, *texts(2, 3))
    await run.finish()
    app.clock.advance(3600)
    await run.finish()
    document = await stored_summary(app)
    assert document["metadata"]["structured_summary"]["key_points"] == texts(4)
    assert document["metadata"]["source_count"] == 4
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_a_failed_summary_holds_no_extraction_up(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *texts(10))
    run = ThreadRun(app)
    plan = await run.plan()
    assert (plan.extract, plan.summarize_to) == (True, 1)
    await run.extract(plan)
    await run.commit(plan, await run.persist(plan), FAILED)
    state = await thread_state(app)
    assert (state.closed, state.summarized, state.claim) == (10, 0, None)
    await app.say(KEY, *texts(5, 11))
    assert await run.finish() == 1
    assert (await thread_state(app)).closed == 15


async def test_a_summary_that_is_done_is_not_made_again_when_its_extraction_failed(
    app: MemoryApp,
) -> None:
    app.model.answer(SUMMARIZE, summary("A talk.", "once"))
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *texts(10))
    run = ThreadRun(app)
    plan = await run.plan()
    await run.commit(plan, FAILED, await run.summarize(plan))
    app.clock.advance(3600)
    adopted = await run.plan()
    assert (adopted.extract, adopted.summarize_to) == (True, 0)
    await run.round(adopted)
    state = await thread_state(app)
    assert (state.closed, state.summarized) == (10, 10)
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_a_retried_summary_keeps_the_first_answer(open_app: OpenApp) -> None:
    app = await open_app(**ONLY_SUMMARIES)
    app.model.answer(SUMMARIZE, summary("first words"))
    await app.say(KEY, *texts(2))
    run = ThreadRun(app)
    plan = await run.plan()
    await app.services.write_summary.run(run.step(plan))
    again = await app.services.write_summary.run(run.step(plan, attempt=1))
    assert again.count == 2
    await app.services.persist_summary.run(run.step(plan))
    before = await stored_summary(app)
    await app.services.persist_summary.run(run.step(plan))
    after = await stored_summary(app)
    assert before["content"] == after["content"] == "first words"
    assert before["metadata"] == after["metadata"]


async def test_a_worker_that_writes_the_same_summary_again_counts_no_turn_twice(
    open_app: OpenApp,
) -> None:
    one, other = await open_app(**ONLY_SUMMARIES), await open_app(**ONLY_SUMMARIES)
    one.model.answer_by(SUMMARIZE, summary_of_all)
    other.model.answer_by(SUMMARIZE, summary_of_all)
    await one.say(KEY, *texts(2))
    plan = await ThreadRun(one).plan()
    await ThreadRun(one).summarize(plan)
    await ThreadRun(other).summarize(plan)
    document = await stored_summary(one)
    assert document["metadata"]["source_count"] == 2
    assert document["metadata"]["structured_summary"]["key_points"] == texts(2)


async def test_a_turn_that_the_model_refuses_is_left_out_of_the_summary_alone(
    open_app: OpenApp,
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=0, THREAD_SUMMARY_EVERY_N=8)

    def refuse_poison(payload: Payload) -> Reply:
        if any("poison" in turn["text"] for turn in payload["turns"]):
            return ModelRefusedError("summarize_thread", "content_filter")
        return summary_of_all(payload)

    app.model.answer_by(SUMMARIZE, refuse_poison)
    await app.say(KEY, *texts(5), "poison", *texts(2, 6))
    await ThreadRun(app).finish()
    document = await stored_summary(app)
    assert document["metadata"]["structured_summary"]["key_points"] == texts(7)
    assert (await thread_state(app)).summarized == 8


@pytest.mark.parametrize("survivors", [0, 1])
async def test_turns_that_are_gone_count_as_folded(open_app: OpenApp, survivors: int) -> None:
    app = await open_app(**ONLY_SUMMARIES)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(KEY, *texts(2))
    for n in range(survivors + 1, 3):
        await app.turns.delete_item(f"turn-{n}", partition_key=["u1", "t1"])
    assert await ThreadRun(app).finish() == 1
    assert app.model.count_calls(SUMMARIZE) == survivors
    state = await thread_state(app)
    assert (state.summarized, state.summarized_to) == (2, 1)
    assert len(await app.find(app.summaries)) == survivors


async def test_a_summary_is_dated_by_its_turns(open_app: OpenApp) -> None:
    app = await open_app(**ONLY_SUMMARIES)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    for first in (1, 3):
        await app.say(KEY, *texts(2, first))
        await ThreadRun(app).finish()
    document = await stored_summary(app)
    assert document["created_at"] == "2026-07-01T10:00:02+00:00"
    assert document["updated_at"] == "2026-07-01T10:00:04+00:00"
    assert document["metadata"]["incremental_update"] is True
    assert "embedding" in document


async def test_no_prompt_holds_more_turns_than_one_may_however_many_a_claim_has(
    open_app: OpenApp,
) -> None:
    """Turns that were opened again stand in chunks of before and after."""
    app = await open_app(THREAD_SUMMARY_EVERY_N=1000, FACT_EXTRACTION_EVERY_N=20)
    app.model.answer_by(EXTRACT, lambda _: facts())
    app.model.answer_by(SUMMARIZE, summary_of_all)
    run = ThreadRun(app)
    for first in range(1, 121, 20):
        await app.say(KEY, *texts(20, first))
        await run.finish()
    await app.say(KEY, *texts(20, 121))
    job = run.step(await run.plan(), summarize_from=1, summarize_to=6)
    await app.services.write_summary.run(job)
    await app.services.persist_summary.run(job)
    calls = [call for call in app.model.calls if call.schema_name == SUMMARIZE]
    assert [len(call.payload["turns"]) for call in calls] == [100, 20]
    assert [turn["text"] for call in calls for turn in call.payload["turns"]] == texts(120)
    assert (await stored_summary(app))["metadata"]["source_count"] == 120
