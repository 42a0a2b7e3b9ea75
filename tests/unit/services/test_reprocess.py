"""What becomes of the memories of a thread whose turns are processed anew."""

import pytest

from shared.domain.dead_letters import Selection
from tests.conftest import OpenApp
from tests.fakes.answers import fact, fact_of_each_turn, facts, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.reprocessing import (
    OTHER,
    begin,
    delete_turn,
    memories,
    process,
    reprocess,
    reword,
)
from tests.unit.services.runs import (
    KEY,
    ThreadRun,
    fact_contents,
    ledger,
    thread_state,
    user_state,
)
from tests.unit.services.test_extract_facts import FIVE, refuse_poison


async def test_new_wordings_replace_the_old_ones_when_the_last_turn_is_derived(
    app: MemoryApp,
) -> None:
    await process(app, *FIVE)
    app.model.answer_by(EXTRACT, reword)
    await begin(app)
    run = ThreadRun(app)
    plan = await run.plan()
    await run.extract(plan)
    await run.persist(plan)
    said, told = {f"Said: {text}" for text in FIVE}, {f"Told: {text}" for text in FIVE}
    assert await fact_contents(app) == said | told
    await run.finish()
    assert await fact_contents(app) == told
    old = (await memories(app))[f"Said: {FIVE[0]}"]
    assert old["supersede_reason"] == "update"
    record = await app.read(app.counters, old["superseded_by"], KEY)
    assert (record["type"], record["generation"]) == ("chunk", 1)


async def test_the_same_answers_leave_every_memory_as_it_was(app: MemoryApp) -> None:
    await process(app, *FIVE)
    before = {item["id"]: item["_etag"] for item in await app.find(app.memories)}
    for generation in (1, 2):
        await reprocess(app, generation)
        assert {item["id"]: item["_etag"] for item in await app.find(app.memories)} == before
    assert [record["generation"] for record in await ledger(app)] == [0, 1, 2]


async def test_what_rests_on_a_turn_that_is_gone_stays(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await delete_turn(app, FIVE[2])
    app.model.answer_by(EXTRACT, reword)
    await reprocess(app)
    kept = {f"Told: {text}" for text in FIVE if text != FIVE[2]} | {f"Said: {FIVE[2]}"}
    assert await fact_contents(app) == kept


async def test_what_rests_on_a_turn_that_goes_before_it_is_read_stays(app: MemoryApp) -> None:
    await process(app, *FIVE)
    app.model.answer_by(EXTRACT, reword)
    await begin(app)
    run = ThreadRun(app)
    plan = await run.plan()
    await delete_turn(app, FIVE[2])
    await run.extract(plan, attempt=5)
    await run.commit(plan, await run.persist(plan))
    await run.finish()
    assert f"Said: {FIVE[2]}" in await fact_contents(app)
    assert (await thread_state(app)).outcomes["gone"] == 1


async def test_what_rests_on_a_turn_that_the_model_now_refuses_stays(app: MemoryApp) -> None:
    await process(app, *FIVE[:4], "poison")
    app.model.answer_by(EXTRACT, refuse_poison)
    await reprocess(app)
    assert "Said: poison" in await fact_contents(app)
    assert len(await app.services.dead_letters.list_page(Selection())) == 1


async def test_the_model_is_not_shown_what_waits_to_be_derived_again(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await process(app, "I live in Rome", "I own a cat", "I paint", "I ski", "I sing", key=OTHER)
    app.model.calls.clear()
    await reprocess(app)
    [call] = [call for call in app.model.calls if call.schema_name == EXTRACT]
    shown = {item["text"] for item in call.payload["known"]}
    assert shown
    assert not shown & {f"Said: {text}" for text in FIVE}
    await app.say(KEY, *[f"{text} too" for text in FIVE])
    app.model.calls.clear()
    await ThreadRun(app).finish()
    [call] = [call for call in app.model.calls if call.schema_name == EXTRACT]
    assert {item["text"] for item in call.payload["known"]} & {f"Said: {text}" for text in FIVE}


async def test_a_fact_that_two_threads_say_stays_until_both_say_it_no_more(app: MemoryApp) -> None:
    await process(app, "I own a cat", "1", "2", "3", "4")
    app.model.answer(EXTRACT, facts(fact("Has a cat", "my cat again", duplicate_of="k1")))
    await app.say(OTHER, "my cat again")
    await app.services.flush.mark_thread(OTHER, refresh=False)
    await ThreadRun(app, OTHER).finish()
    shared_by_two = [m for m in await app.find(app.memories) if len(m["source_turn_ids"]) == 2]
    assert len(shared_by_two) == 1
    kept = shared_by_two[0]["content"]
    app.model.answer_by(EXTRACT, lambda _: facts())
    await reprocess(app)
    assert kept in await fact_contents(app)
    await reprocess(app, key=OTHER)
    assert kept not in await fact_contents(app)


async def test_a_fact_that_was_left_behind_is_active_again_when_it_is_derived(
    app: MemoryApp,
) -> None:
    await process(app, *FIVE)
    for generation, rule in ((1, reword), (2, fact_of_each_turn), (3, fact_of_each_turn)):
        app.model.answer_by(EXTRACT, rule)
        await reprocess(app, generation)
    assert await fact_contents(app) == {f"Said: {text}" for text in FIVE}


async def contradict(app: MemoryApp, verdict: str = "supersedes") -> None:
    """A taste that changes and changes back no more."""
    app.model.answer(
        EXTRACT,
        facts(
            fact("Likes tea", "I like tea"),
            fact("Hates tea", "I hate tea", "t2", **{verdict: ["f0"]}),
        ),
    )
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(KEY, "I like tea", "I hate tea")
    await app.services.flush.mark_thread(KEY, refresh=False)
    await ThreadRun(app).finish()
    assert await fact_contents(app) == {"Hates tea"}


async def test_what_ended_a_fact_still_ends_it_in_other_words(app: MemoryApp) -> None:
    await contradict(app)
    app.model.answer(
        EXTRACT, facts(fact("Likes tea", "I like tea"), fact("No more tea", "I hate tea", "t2"))
    )
    await reprocess(app)
    assert await fact_contents(app) == {"No more tea"}


@pytest.mark.parametrize("verdict", ["supersedes", "updates"])
async def test_a_fact_is_active_again_when_nothing_ends_it_any_more(
    app: MemoryApp, verdict: str
) -> None:
    await contradict(app, verdict)
    told = {"id": "ep_1", "user_id": "u1", "thread_id": "t1", "type": "episodic"}
    turns = (await memories(app))["Hates tea"]["source_turn_ids"]
    await app.memories.create_item({**told, "content": "Tea", "source_turn_ids": turns})
    app.model.answer(EXTRACT, facts(fact("Likes tea", "I like tea")))
    await reprocess(app)
    assert await fact_contents(app) == {"Likes tea"}
    assert "superseded_at" not in (await memories(app))["Likes tea"]


async def test_a_whole_thread_gets_a_summary_from_nothing_that_keeps_its_birthday(
    open_app: OpenApp,
) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=5)
    await process(app, *FIVE)
    where = ("summary_u1_t1", KEY)
    before = await app.read(app.summaries, *where)
    app.model.calls.clear()
    await reprocess(app)
    [call] = [call for call in app.model.calls if call.schema_name == SUMMARIZE]
    assert call.payload["previous"] is None
    after = await app.read(app.summaries, *where)
    assert after["metadata"]["structured_summary"]["key_points"] == FIVE
    assert after["metadata"]["source_count"] == 5
    assert after["metadata"]["chunks"] == [2, 2]
    assert after["created_at"] == before["created_at"]
    state = await thread_state(app)
    assert (state.summarized, state.rebuild_summary) == (5, False)


async def test_a_summary_keeps_what_it_says_of_turns_that_are_gone(open_app: OpenApp) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=5)
    await process(app, *FIVE)
    await delete_turn(app, FIVE[0])
    await reprocess(app)
    after = await app.read(app.summaries, "summary_u1_t1", KEY)
    assert FIVE[0] in after["metadata"]["structured_summary"]["key_points"]
    state = await thread_state(app)
    assert (state.summarized, state.closed, state.arrived) == (5, 5, 5)


async def test_the_profile_is_refreshed_although_no_turn_is_new(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await reprocess(app)
    user = await user_state(app)
    assert (user.refresh, user.changed) == (True, True)
    assert (await app.services.plan_profile.run("u1")).due
