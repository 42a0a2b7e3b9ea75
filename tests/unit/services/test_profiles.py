import pytest

from shared.domain.errors import ModelRefusedError
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact, fact_of_each_turn, facts, profile, profile_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, Payload, Reply
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import ThreadRun, UserRun, fact_contents, user_state

QUICK = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 0,
    "USER_SUMMARY_EVERY_N": 2,
}
PROFILE_KEY = ThreadKey(user_id="u1", thread_id="__user_summary__")


async def stored_profile(app: MemoryApp) -> Document:
    return await app.read(app.summaries, "user_summary_u1", PROFILE_KEY)


async def say_and_extract(app: MemoryApp, thread_id: str, content: str, **fields: object) -> None:
    key = ThreadKey(user_id="u1", thread_id=thread_id)
    await app.say(key, content, **fields)
    await ThreadRun(app, key).finish()


async def test_a_profile_holds_the_facts_of_all_threads(open_app: OpenApp) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    await say_and_extract(app, "t1", "I like tea")
    assert await UserRun(app).finish() == 0
    await say_and_extract(app, "t2", "I own a cat")
    assert await UserRun(app).finish() == 1
    document = await stored_profile(app)
    assert document["content"] == "Said: I like tea; Said: I own a cat"
    assert document["metadata"]["thread_ids"] == ["t1", "t2"]
    assert document["metadata"]["source_memory_count"] == 2
    state = await user_state(app)
    assert (state.profiled, state.runs, state.claim, state.idle) == (2, 1, None, True)
    assert await app.find(app.counters, "c.type = 'answer'") == []


@pytest.mark.parametrize(("first", "second"), [("t1", "t2"), ("t2", "t1")])
async def test_equal_facts_of_several_threads_are_folded_into_the_first_said(
    open_app: OpenApp, first: str, second: str
) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    await say_and_extract(app, second, "I like tea", created_at="2026-03-03T00:00:00+00:00")
    await say_and_extract(app, first, "I like tea", created_at="2026-01-01T00:00:00+00:00")
    await UserRun(app).finish()
    [kept] = await app.find(app.memories, "NOT IS_DEFINED(c.superseded_by)")
    [folded] = await app.find(app.memories, "IS_DEFINED(c.superseded_by)")
    assert (kept["thread_id"], folded["thread_id"]) == (first, second)
    assert (folded["superseded_by"], folded["supersede_reason"]) == (kept["id"], "duplicate")
    assert (await stored_profile(app))["content"] == "Said: I like tea"


async def test_a_duplicate_that_was_folded_is_not_told_to_the_profile_as_retracted(
    open_app: OpenApp,
) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    for thread_id in ("t1", "t2", "t3", "t4"):
        await say_and_extract(app, thread_id, "I like tea")
        await UserRun(app).finish()
    calls = [call for call in app.model.calls if call.schema_name == PROFILE]
    assert len(calls) >= 1
    assert [text for call in calls for text in call.payload["retracted"]] == []
    assert (await stored_profile(app))["content"] == "Said: I like tea"


async def test_an_agents_fact_is_not_folded_into_the_same_words_of_the_user(
    open_app: OpenApp,
) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    await say_and_extract(app, "t1", "I like tea")
    await say_and_extract(app, "t2", "I like tea", role="agent")
    await UserRun(app).finish()
    assert await app.find(app.memories, "IS_DEFINED(c.superseded_by)") == []


async def test_what_is_no_longer_true_leaves_the_profile(open_app: OpenApp) -> None:
    app = await open_app(**QUICK)
    app.model.answer(
        EXTRACT,
        facts(fact("likes tea", "tea: yes")),
        facts(fact("owns a cat", "I own a cat")),
        facts(fact("hates tea", "tea: no", supersedes=["k1"])),
        facts(fact("owns a dog", "I own a dog")),
    )
    app.model.answer_by(PROFILE, profile_of_all)
    for content in ("tea: yes", "I own a cat", "tea: no", "I own a dog"):
        await say_and_extract(app, "t1", content)
        await UserRun(app).finish()
    assert await fact_contents(app, active=False) == {"likes tea"}
    key_facts = (await stored_profile(app))["metadata"]["structured_summary"]["key_facts"]
    assert set(key_facts) == {"owns a cat", "hates tea", "owns a dog"}


async def test_a_run_with_nothing_new_asks_no_model(open_app: OpenApp) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, lambda _: facts())
    for content in ("word 1", "word 2"):
        await say_and_extract(app, "t1", content)
    assert await UserRun(app).finish() == 1
    assert app.model.count_calls(PROFILE) == 0
    assert await app.find(app.summaries) == []
    assert (await user_state(app)).profiled == 2


async def test_a_retried_profile_keeps_the_first_answer(open_app: OpenApp) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer(PROFILE, profile("first words"))
    await say_and_extract(app, "t1", "I like tea")
    await say_and_extract(app, "t1", "I own a cat")
    run = UserRun(app)
    plan = await run.plan()
    assert await run.write(plan) == await run.write(plan, attempt=1)
    await run.persist(plan)
    before = await stored_profile(app)
    await run.persist(plan)
    assert (await stored_profile(app))["metadata"] == before["metadata"]
    assert before["content"] == "first words"


async def test_a_run_that_fails_is_postponed_and_adopted_later(open_app: OpenApp) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    for content in ("I like tea", "I own a cat"):
        await say_and_extract(app, "t1", content)
    run = UserRun(app)
    plan = await run.plan()
    assert not (await run.commit(plan, status="deferred")).due
    assert not (await run.plan()).due
    app.clock.advance(app.settings.defer_seconds + 1)
    adopted = await run.plan()
    assert (adopted.claim_key, adopted.adopted) == (plan.claim_key, True)
    assert await run.finish() == 1
    state = await user_state(app)
    assert (state.profiled, state.retry.failures) == (2, 0)


async def test_committing_a_profile_twice_counts_it_once(open_app: OpenApp) -> None:
    one, other = await open_app(**QUICK), await open_app(**QUICK)
    one.model.answer_by(EXTRACT, fact_of_each_turn)
    one.model.answer_by(PROFILE, profile_of_all)
    for content in ("I like tea", "I own a cat"):
        await say_and_extract(one, "t1", content)
    run = UserRun(one)
    plan = await run.plan()
    await run.write(plan)
    await run.persist(plan)
    await run.commit(plan)
    before = await one.find(one.counters)
    for app in (one, other):
        await UserRun(app).commit(plan)
    assert await one.find(one.counters) == before


async def test_a_profile_that_was_asked_for_waits_for_the_threads_that_work_towards_it(
    open_app: OpenApp,
) -> None:
    app = await open_app(**{**QUICK, "FACT_EXTRACTION_EVERY_N": 5, "USER_SUMMARY_EVERY_N": 99})
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    keys = [ThreadKey(user_id="u1", thread_id=f"t{n}") for n in range(3)]
    for key in keys:
        await app.say(key, f"I own cat {key.thread_id}")
        await app.services.flush.mark_thread(key, refresh=True)
    await app.services.flush.mark_user("u1")
    assert await UserRun(app).finish() == 0
    for key in keys:
        await ThreadRun(app, key).finish()
    await app.services.flush.mark_user("u1")
    assert await UserRun(app).finish() == 1
    assert app.model.count_calls(PROFILE) == 1
    assert (await stored_profile(app))["metadata"]["source_thread_count"] == 3


async def test_the_last_thread_of_a_flush_makes_the_profile_due(open_app: OpenApp) -> None:
    app = await open_app(USER_SUMMARY_EVERY_N=99)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by("SummarizeThread", lambda _: ModelRefusedError("summarize", "x"))
    app.model.answer_by(PROFILE, profile_of_all)
    keys = [ThreadKey(user_id="u1", thread_id=f"t{n}") for n in range(2)]
    for key in keys:
        await app.say(key, f"I own cat {key.thread_id}")
    report = await app.services.flush.run("u1")
    assert sorted(key.thread_id for key in report.threads) == ["t0", "t1"]
    first, last = (ThreadRun(app, key) for key in keys)
    assert (await first.round(await first.plan())).profile_due
    assert not (await UserRun(app).plan()).due
    assert (await last.round(await last.plan())).profile_due
    assert await UserRun(app).finish() == 1
    assert app.model.count_calls(PROFILE) == 1


async def test_more_facts_than_a_call_takes_are_shown_in_several(open_app: OpenApp) -> None:
    app = await open_app(**{**QUICK, "USER_SUMMARY_EVERY_N": 1})
    many = [fact(f"owns cat {n}", "I own many cats") for n in range(160)]
    app.model.answer(EXTRACT, facts(*many))
    app.model.answer_by(PROFILE, profile_of_all)
    await say_and_extract(app, "t1", "I own many cats")
    await UserRun(app).finish()
    shown = [len(call.payload["facts"]) for call in app.model.calls if call.schema_name == PROFILE]
    assert shown == [150, 10]
    assert (await stored_profile(app))["metadata"]["source_memory_count"] == 160


async def test_what_the_model_refuses_is_left_out_of_the_profile_and_costs_its_neighbours_nothing(
    open_app: OpenApp,
) -> None:
    app = await open_app(**{**QUICK, "USER_SUMMARY_EVERY_N": 8})

    def refuse_poison(payload: Payload) -> Reply:
        if any("poison" in shown["text"] for shown in payload["facts"]):
            return ModelRefusedError("update_profile", "content_filter")
        return profile_of_all(payload)

    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, refuse_poison)
    for number in range(8):
        await say_and_extract(app, "t1", f"I like {'poison' if number == 3 else 'tea'} {number}")
    await UserRun(app).finish()
    told = (await stored_profile(app))["metadata"]["structured_summary"]["key_facts"]
    assert sorted(told) == [f"Said: I like tea {n}" for n in range(8) if n != 3]
    assert (await user_state(app)).profiled == 8


async def test_a_profile_all_of_whose_news_the_model_refuses_stays_as_it_was(
    open_app: OpenApp,
) -> None:
    app = await open_app(**QUICK)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    refused = ModelRefusedError("update_profile", "content_filter")
    # 2, then each alone, the sample on top of the profile, and each without that
    app.model.answer(PROFILE, profile("before"), *[refused] * 7)
    for content in ("I like tea", "I own a cat", "I like figs", "I own a dog"):
        await say_and_extract(app, "t1", content)
        await UserRun(app).finish()
    assert (await stored_profile(app))["content"] == "before"
    assert (await user_state(app)).profiled == 4


async def test_a_user_of_whom_nothing_is_known_has_nothing_to_plan(app: MemoryApp) -> None:
    assert not (await UserRun(app, "nobody").plan()).due
    assert await app.find(app.counters) == []


async def test_what_a_profile_has_folded_is_not_shown_to_it_again(open_app: OpenApp) -> None:
    app = await open_app(**{**QUICK, "USER_SUMMARY_EVERY_N": 1})
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(PROFILE, profile_of_all)
    await say_and_extract(app, "t1", "I like tea")
    assert await UserRun(app).finish() == 1
    for _ in range(3):
        await say_and_extract(app, "t1", "ok")
        assert await UserRun(app).finish() == 1
    assert app.model.count_calls(PROFILE) == 1
    assert (await stored_profile(app))["metadata"]["source_memory_count"] == 1
