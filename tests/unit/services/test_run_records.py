"""What runs cost stands in the ledger, run by run and step by step, and in the user's total."""

from typing import Any

from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, rule, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROCEDURES, PROFILE, RECONCILE, SUMMARIZE
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import FAILED, KEY, ThreadRun, UserRun, thread_state, user_state

CALL = 110  # what a call of the scripted model takes
SETTINGS = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 2,
    "USER_SUMMARY_EVERY_N": 0,
    "DEDUP_EVERY_N": 0,
}


async def open_talk(open_app: OpenApp, **settings: Any) -> MemoryApp:
    app = await open_app(**{**SETTINGS, **settings})
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    app.model.answer_by(RECONCILE, lambda _: {"pairs": []})
    app.model.answer_by(PROCEDURES, lambda _: {"procedures": [rule("Mind cats", "s1")]})
    return app


async def talk(app: MemoryApp, *contents: str) -> None:
    for content in contents:
        await app.say(KEY, content)
        await ThreadRun(app).finish()


async def records(app: MemoryApp) -> dict[str, Document]:
    return {item["id"]: item for item in await app.find(app.counters, "c.type = 'run'")}


async def test_a_summary_has_a_record_of_its_own(open_app: OpenApp) -> None:
    app = await open_talk(open_app)
    await talk(app, "I own a cat", "I own a dog", "I own a fish", "I own a bird")
    found = await records(app)
    assert list(found) == ["summary:0:2", "summary:0:4"]
    last = found["summary:0:4"]
    assert (last["user_id"], last["thread_id"]) == ("u1", "t1")
    step = last["steps"]["summarize"]
    assert (step["count"], step["tokens"], step["prompt_id"]) == (2, CALL, "summarize_thread")
    assert (await user_state(app)).tokens == 6 * CALL


async def test_each_step_of_a_users_run_is_in_its_record(open_app: OpenApp) -> None:
    app = await open_talk(
        open_app, USER_SUMMARY_EVERY_N=2, DEDUP_EVERY_N=2, PROCEDURAL_SYNTHESIS_AUTO="true"
    )
    await talk(app, "I own a cat", "I own a dog")
    before = (await user_state(app)).tokens
    await app.services.flush.mark_user("u1")
    await UserRun(app).finish()
    [record] = [each for name, each in (await records(app)).items() if name.startswith("run:")]
    assert (record["id"], record["thread_id"]) == ("run:1", "__counters__")
    assert {step: (each["count"], each["tokens"]) for step, each in record["steps"].items()} == {
        "profile": (3, CALL),
        "reconcile": (0, CALL),
        "procedures": (1, CALL),
    }
    assert all(each["prompt_version"] for each in record["steps"].values())
    assert (await user_state(app)).tokens - before == 3 * CALL


async def test_a_step_that_asked_nobody_cost_nothing(open_app: OpenApp) -> None:
    app = await open_talk(open_app, USER_SUMMARY_EVERY_N=1, THREAD_SUMMARY_EVERY_N=0)
    app.model.answer(EXTRACT, {"facts": []})
    await talk(app, "I own nothing")
    await UserRun(app).finish()
    [record] = (await records(app)).values()
    assert record["steps"]["profile"]["tokens"] == 0


async def test_the_summary_beside_a_failed_extraction_is_counted_with_the_chunk(
    open_app: OpenApp,
) -> None:
    app = await open_talk(open_app, THREAD_SUMMARY_EVERY_N=1)
    await talk(app, "I own a cat")
    await app.say(KEY, "I own a dog")
    run = ThreadRun(app)
    plan = await run.plan()
    await run.commit(plan, FAILED, await run.summarize(plan))
    assert (await user_state(app)).tokens == 2 * CALL
    assert (await thread_state(app)).uncounted_tokens == CALL
    assert list(await records(app)) == ["summary:0:1", "summary:0:2"]
    app.clock.advance(10_000)
    await run.finish()
    assert (await user_state(app)).tokens == 4 * CALL
    assert (await thread_state(app)).uncounted_tokens == 0
    assert app.model.count_calls(SUMMARIZE) == 2


async def test_a_summary_that_is_refreshed_without_a_chunk_is_counted_with_the_next(
    open_app: OpenApp,
) -> None:
    app = await open_talk(open_app, THREAD_SUMMARY_EVERY_N=10)
    await talk(app, "I own a cat")
    await app.services.flush.mark_thread(KEY, refresh=True)
    await ThreadRun(app).finish()
    assert (await user_state(app)).tokens == CALL
    assert (await thread_state(app)).uncounted_tokens == CALL
    assert list(await records(app)) == ["summary:0:1"]
    await talk(app, "I own a dog")
    assert (await user_state(app)).tokens == 3 * CALL
    assert (await thread_state(app)).uncounted_tokens == 0
