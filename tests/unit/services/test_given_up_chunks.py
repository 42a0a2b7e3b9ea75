"""Chunks that are given up after some of their facts were written: what is on record of those."""

from dataclasses import replace

from shared.domain.dead_letters import Selection
from shared.domain.messages import PersistJob, ThreadPlan
from shared.domain.thread_state import EXTRACT, SUMMARIZE
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, summary_of_all
from tests.fakes.chat_model import EXTRACT as EXTRACTION
from tests.fakes.chat_model import SUMMARIZE as SUMMARY
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.crashing_ports import Crash
from tests.unit.services.runs import FAILED, KEY, ThreadRun, fact_contents, ledger, thread_state
from tests.unit.services.test_extract_facts import FIVE

OTHER = ThreadKey(user_id=KEY.user_id, thread_id="another thread")
SOON = {"MEMORY_RETRY_HORIZON_SECONDS": 1, "THREAD_SUMMARY_EVERY_N": 0}


async def write_two_facts_and_fail(app: MemoryApp, key: ThreadKey = KEY) -> ThreadPlan:
    """A run that is cut off after two of five facts; the plan of the one that will be the last."""
    run = ThreadRun(app, key)
    plan = await run.plan()
    await run.extract(plan)
    decisions = await app.services.deduplicate_facts.run(run.step(plan))
    part = decisions.model_copy(update={"creates": decisions.creates[:2]})
    job = {**run.step(plan).model_dump(), **part.model_dump()}
    await app.services.persist_facts.run(PersistJob.model_validate(job))
    await run.commit(plan, FAILED)
    app.clock.advance(7200)
    plan = await run.plan()
    assert plan.overdue == [EXTRACT]
    return plan


async def facts_in(app: MemoryApp, key: ThreadKey) -> list[Document]:
    where = "c.type = 'fact' AND c.thread_id = @thread"
    return await app.find(app.memories, where, thread=key.thread_id)


async def test_facts_that_were_written_are_in_the_ledger_and_in_the_prompt_of_a_retry(
    open_app: OpenApp,
) -> None:
    app = await open_app(**SOON)
    app.model.answer_by(EXTRACTION, fact_of_each_turn)
    await app.say(KEY, *FIVE)
    run = ThreadRun(app)
    await run.commit(await write_two_facts_and_fail(app), FAILED)
    [record] = await ledger(app)
    facts = await facts_in(app, KEY)
    assert sorted(record["memory_ids"]) == sorted(fact["id"] for fact in facts)
    assert (len(facts), record["prompt_tokens"], record["completion_tokens"]) == (2, 100, 10)
    await app.services.dead_letters.retry(Selection())
    await run.finish()
    assert await fact_contents(app) == {f"Said: {text}" for text in FIVE}
    shown = [known["text"] for known in app.model.calls[-1].payload["known"]]
    assert {fact["content"] for fact in facts} <= set(shown)


async def test_facts_of_a_thread_whose_turns_have_the_same_ids_are_another_matter(
    open_app: OpenApp,
) -> None:
    app = await open_app(**SOON)
    app.model.answer_by(EXTRACTION, fact_of_each_turn)
    theirs = await app.write(OTHER, *(f"{text} of another thread" for text in FIVE))
    await app.services.count_turns.run(theirs)
    await ThreadRun(app, OTHER).finish()
    kept = {fact["id"] for fact in await facts_in(app, OTHER)}
    ids = [turn["id"] for turn in theirs]
    mine = [(await app.write(KEY, text, id=name))[0] for text, name in zip(FIVE, ids, strict=True)]
    await app.services.count_turns.run(mine)
    await ThreadRun(app).commit(await write_two_facts_and_fail(app), FAILED)
    record = next(each for each in await ledger(app) if each["thread_id"] == KEY.thread_id)
    assert not kept & set(record["memory_ids"])
    await app.services.erase_turns.run(KEY.user_id, KEY.thread_id)
    assert {fact["id"] for fact in await facts_in(app, OTHER)} == kept
    assert await facts_in(app, KEY) == []


async def test_nothing_is_given_up_while_nobody_can_tell_what_was_written(
    open_app: OpenApp,
) -> None:
    app = await open_app(**SOON)
    app.model.answer_by(EXTRACTION, fact_of_each_turn)
    await app.say(KEY, *FIVE)
    plan = await write_two_facts_and_fail(app)
    services, out = app.services, Crash(0)
    cut_off = replace(services.commit_thread, memories=out.wrap(services.commit_thread.memories))
    app.services = replace(services, commit_thread=cut_off)
    await ThreadRun(app).commit(plan, FAILED)
    assert out.happened
    state = await thread_state(app)
    assert (state.pending, state.idle, state.retry[EXTRACT].failures) == (5, True, 2)
    app.services = services
    app.clock.advance(7200)
    await ThreadRun(app).commit(await ThreadRun(app).plan(), FAILED)
    assert (await thread_state(app)).pending == 0


async def test_a_summary_that_succeeded_while_its_chunk_failed_is_not_failing_any_more(
    open_app: OpenApp,
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=1, THREAD_SUMMARY_EVERY_N=1)
    app.model.answer_by(EXTRACTION, fact_of_each_turn)
    app.model.answer_by(SUMMARY, summary_of_all)
    await app.say(KEY, "I own a cat")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    await run.commit(plan, await run.persist(plan), FAILED)
    app.clock.advance(7200)
    await app.say(KEY, "I own a dog")
    plan = await run.plan()
    assert plan.summarize_to
    await run.commit(plan, FAILED, await run.summarize(plan))
    assert SUMMARIZE not in (await thread_state(app)).retry
