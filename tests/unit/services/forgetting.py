"""Conversations of which turns are forgotten, and what must be left of them."""

from tests.fakes.answers import fact, facts, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun, fact_contents, thread_state

EACH = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 1,
    "USER_SUMMARY_EVERY_N": 1,
    "MEMORY_VANISHED_LIMIT": 1,
}


def teach(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, take_the_place_of_all)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)


def take_the_place_of_all(payload: Payload) -> Reply:
    [text] = [turn["text"] for turn in payload["turns"]]
    return facts(fact(text, text, supersedes=[known["id"] for known in payload["known"]]))


async def converse(app: MemoryApp, *contents: str) -> None:
    for content in contents:
        await app.say(KEY, content)
        await ThreadRun(app).finish()
    await UserRun(app).finish()


async def look(app: MemoryApp, times: int = 1) -> None:
    for _ in range(times):
        await app.services.find_vanished.run()
        app.clock.advance(130)


async def rest(app: MemoryApp) -> None:
    await ThreadRun(app).finish()
    await UserRun(app).finish()


async def assert_only_rome_is_known(app: MemoryApp) -> None:
    assert await fact_contents(app) == {"I live in Rome"}
    assert await fact_contents(app, active=False) == set()
    for container in (app.memories, app.summaries):
        assert "Paris" not in str(await app.find(container))
    [summary] = await app.find(app.summaries, "c.type = 'thread_summary'")
    assert summary["metadata"]["structured_summary"]["key_points"] == ["I live in Rome"]
    [profile] = await app.find(app.summaries, "c.type = 'user_summary'")
    assert profile["content"] == "I live in Rome"
    assert (await thread_state(app)).vanished == 1
    assert await app.find(app.counters, "c.type = 'vanished_turns'") == []
