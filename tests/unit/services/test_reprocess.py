"""A thread whose turns are processed anew: what becomes of its memories, counts and summary."""

import pytest

from shared.domain.dead_letters import Selection
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact, fact_of_each_turn, facts, summary_of_all
from tests.fakes.chat_model import EXTRACT, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import Document, MemoryApp
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

OTHER = ThreadKey(user_id="u1", thread_id="t2")


def reword(payload: Payload) -> Reply:
    """What another prompt makes of the same turns."""
    return facts(
        *(fact(f"Told: {turn['text']}", turn["text"], turn["id"]) for turn in payload["turns"])
    )


async def process(app: MemoryApp, *contents: str, key: ThreadKey = KEY) -> None:
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    await app.say(key, *contents)
    await ThreadRun(app, key).finish()


async def begin(
    app: MemoryApp, generation: int = 1, since: int = 0, key: ThreadKey = KEY
) -> ThreadState:
    return await app.services.begin_generation.run(key, generation, since)


async def reprocess(app: MemoryApp, generation: int = 1, *, key: ThreadKey = KEY) -> None:
    await begin(app, generation, key=key)
    await ThreadRun(app, key).finish()


async def delete_turn(app: MemoryApp, content: str, key: ThreadKey = KEY) -> None:
    [turn] = await app.find(app.turns, "c.content = @content", content=content)
    await app.turns.delete_item(turn["id"], partition_key=[key.user_id, key.thread_id])


async def memories(app: MemoryApp) -> dict[str, Document]:
    return {item["content"]: item for item in await app.find(app.memories)}


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


async def test_a_turn_is_in_one_chunk_of_each_generation_and_counted_once(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await reprocess(app)
    state = await thread_state(app)
    assert (state.arrived, state.closed, state.idle, state.reprocess) == (5, 5, True, None)
    assert state.outcomes["extracted"] == 5
    assert (await user_state(app)).turns == 5
    first, second = await ledger(app)
    assert sorted(first["turn_ids"]) == sorted(second["turn_ids"])


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


async def contradict(app: MemoryApp) -> None:
    """A taste that changes and changes back no more."""
    app.model.answer(
        EXTRACT,
        facts(
            fact("Likes tea", "I like tea"),
            fact("Hates tea", "I hate tea", "t2", supersedes=["f0"]),
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


async def test_a_fact_is_active_again_when_nothing_ends_it_any_more(app: MemoryApp) -> None:
    await contradict(app)
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


async def test_the_profile_is_refreshed_although_no_turn_is_new(app: MemoryApp) -> None:
    await process(app, *FIVE)
    await reprocess(app)
    user = await user_state(app)
    assert (user.refresh, user.changed) == (True, True)
    assert (await app.services.plan_profile.run("u1")).due
