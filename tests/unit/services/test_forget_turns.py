"""What rests on deleted turns goes; what rests on others stays."""

from typing import Any

import pytest

from shared.domain.errors import ModelRefusedError
from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact, fact_of_each_turn, facts, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE, Payload, Reply
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun, fact_contents, thread_state

OTHER = ThreadKey(user_id="u1", thread_id="t2")
EACH = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 1,
    "USER_SUMMARY_EVERY_N": 1,
}


@pytest.fixture
async def app(open_app: OpenApp) -> MemoryApp:
    app = await open_app(**EACH)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    return app


async def converse(app: MemoryApp, *contents: str, key: ThreadKey = KEY, **fields: Any) -> None:
    """Say things, each of which is processed before the next."""
    for content in contents:
        await app.say(key, content, **fields)
        await ThreadRun(app, key).finish()
    await settle(app)


async def settle(app: MemoryApp) -> None:
    for key in (KEY, OTHER):
        await ThreadRun(app, key).finish()
    await UserRun(app).finish()


async def delete(app: MemoryApp, *turn_ids: str, key: ThreadKey = KEY) -> None:
    """Delete turns as the SDK does, and have them forgotten."""
    for turn_id in turn_ids:
        await app.turns.delete_item(turn_id, partition_key=[key.user_id, key.thread_id])
    await app.services.forget_turns.ask(key, list(turn_ids))


async def points(app: MemoryApp, key: ThreadKey = KEY) -> list[str] | None:
    """The key points of a thread's summary; None if it has no summary."""
    name = f"summary_{key.user_id}_{key.thread_id}"
    found = await app.find(app.summaries, "c.id = @id", id=name)
    return found[0]["metadata"]["structured_summary"]["key_points"] if found else None


async def profile_text(app: MemoryApp) -> str | None:
    found = await app.find(app.summaries, "c.type = 'user_summary'")
    return found[0]["content"] if found else None


async def only_fact(app: MemoryApp) -> Document:
    [found] = await app.find(app.memories, "c.type = 'fact'")
    return found


async def test_a_deleted_turn_leaves_no_trace_in_any_memory(app: MemoryApp) -> None:
    await converse(app, "I own a cat", "I own a dog")
    await delete(app, "turn-2")
    assert await fact_contents(app) == {"Said: I own a cat"}
    assert await points(app) is None, "the summary that told of it is gone at once"
    await settle(app)
    assert await points(app) == ["I own a cat"]
    assert await profile_text(app) == "Said: I own a cat"
    for container in (app.memories, app.summaries):
        assert "dog" not in str(await app.find(container))
    state = await thread_state(app)
    assert (state.vanished, state.arrived, state.closed, state.summarized) == (1, 2, 2, 2)
    status = await app.services.report_status.run()
    assert status["vanished"] == 1


async def test_forgetting_twice_changes_nothing_more(app: MemoryApp) -> None:
    await converse(app, "I own a cat", "I own a dog")
    await delete(app, "turn-2")
    await settle(app)
    before = await app.find(app.memories), await app.find(app.summaries)
    await app.services.forget_turns.ask(KEY, ["turn-2"])
    await settle(app)
    assert (await app.find(app.memories), (await app.find(app.summaries))[0]["id"]) == (
        before[0],
        before[1][0]["id"],
    )
    assert (await thread_state(app)).vanished == 1
    assert (await thread_state(app)).summary_edition == 1


async def test_a_thread_of_which_nothing_is_left_has_no_memory_left(app: MemoryApp) -> None:
    await converse(app, "I own a cat", "I own a dog")
    await delete(app, "turn-1", "turn-2")
    await settle(app)
    assert await app.find(app.memories) == []
    assert await app.find(app.summaries) == []
    assert (await thread_state(app)).summarized == 2


async def test_new_turns_after_it_are_folded_into_the_summary_that_was_begun_anew(
    app: MemoryApp,
) -> None:
    await converse(app, "one", "two", "three")
    await delete(app, "turn-2")
    await converse(app, "four")
    await settle(app)
    assert await points(app) == ["one", "three", "four"]


async def test_a_memory_that_rests_on_another_turn_too_loses_only_the_quote(
    open_app: OpenApp,
) -> None:
    app = await open_app(**{**EACH, "THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 0})
    app.model.answer_by(EXTRACT, lambda p: facts(fact("The user likes tea", p["turns"][0]["text"])))
    await converse(app, "I like tea", "Tea is what I like")
    await delete(app, "turn-1")
    kept = await only_fact(app)
    assert kept["source_turn_ids"] == ["turn-2"]
    assert kept["metadata"]["evidence"] == [{"turn_id": "turn-2", "quote": "Tea is what I like"}]
    await delete(app, "turn-2")
    assert await app.find(app.memories) == []


async def test_a_turn_that_is_only_cited_proves_nothing(open_app: OpenApp) -> None:
    app = await open_app(**{**EACH, "FACT_EXTRACTION_EVERY_N": 2, "THREAD_SUMMARY_EVERY_N": 0})
    app.model.answer_by(
        EXTRACT,
        lambda p: facts(fact("The user likes tea", p["turns"][0]["text"], turn_ids=["t1", "t2"])),
    )
    app.model.answer_by(PROFILE, profile_of_all)
    await app.say(KEY, "I like tea", "Yes, that is so.")
    await settle(app)
    assert (await only_fact(app))["source_turn_ids"] == ["turn-1", "turn-2"]
    await delete(app, "turn-1")
    assert await app.find(app.memories) == []


@pytest.mark.parametrize(("role", "stays"), [("user", True), ("agent", False)])
async def test_a_cited_turn_that_says_it_word_for_word_proves_it(
    open_app: OpenApp, role: str, stays: bool
) -> None:
    app = await open_app(**{**EACH, "THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 0})
    app.model.answer_by(
        EXTRACT,
        lambda p: facts(fact("The user likes tea", "I like tea", turn_ids=["t1", "t2"])),
    )
    await app.write(KEY, "I like tea")
    again = await app.write(KEY, "As I said: i LIKE tea", role=role)
    first = await app.find(app.turns, "c.id = 'turn-1'")
    await app.services.count_turns.run([*first, *again])
    await settle(app)
    await delete(app, "turn-1")
    if not stays:
        assert await app.find(app.memories) == []
        return
    kept = await only_fact(app)
    assert kept["source_turn_ids"] == ["turn-2"]
    assert kept["metadata"]["evidence"] == [{"turn_id": "turn-2", "quote": "I like tea"}]


def contradict(payload: Payload) -> Reply:
    """Each turn takes the place of all that is known."""
    text = payload["turns"][0]["text"]
    return facts(fact(text, text, supersedes=[known["id"] for known in payload["known"]]))


@pytest.mark.parametrize(
    ("deleted", "active", "history"),
    [
        ("turn-3", {"I live in Paris"}, {"I live in Rome"}),
        ("turn-2", {"I live in Oslo"}, {"I live in Rome"}),
        ("turn-1", {"I live in Oslo"}, {"I live in Paris"}),
    ],
)
async def test_memories_are_as_if_the_deleted_turn_had_never_been(
    open_app: OpenApp, deleted: str, active: set[str], history: set[str]
) -> None:
    app = await open_app(**{**EACH, "THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 0})
    app.model.answer_by(EXTRACT, contradict)
    await converse(app, "I live in Rome", "I live in Paris", "I live in Oslo")
    assert await fact_contents(app) == {"I live in Oslo"}
    await delete(app, deleted)
    assert await fact_contents(app) == active
    assert await fact_contents(app, active=False) == history
    ids = {item["id"] for item in await app.find(app.memories)}
    for item in await app.find(app.memories, "IS_STRING(c.superseded_by)"):
        assert item["superseded_by"] in ids
        assert item["supersede_reason"] == "contradict"


async def test_what_another_thread_said_too_is_known_from_there(app: MemoryApp) -> None:
    await converse(app, "I own a cat")
    await converse(app, "I own a cat", key=OTHER)
    [kept] = await app.find(app.memories, "NOT IS_DEFINED(c.superseded_by)")
    assert kept["thread_id"] == "t1"
    await delete(app, "turn-1")
    [kept] = await app.find(app.memories)
    assert kept["thread_id"] == "t2"
    assert kept.get("superseded_by") is None


async def test_a_fact_of_another_thread_that_the_turn_confirmed_loses_the_quote(
    open_app: OpenApp,
) -> None:
    app = await open_app(**{**EACH, "THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 0})

    def repeat_the_known(payload: Payload) -> Reply:
        text = payload["turns"][0]["text"]
        known = payload["known"][0]["id"] if payload["known"] else None
        return facts(fact(f"Said: {text}", text, duplicate_of=known))

    app.model.answer_by(EXTRACT, repeat_the_known)
    await converse(app, "I like tea")
    await converse(app, "Tea pleases me", key=OTHER)
    assert (await only_fact(app))["source_turn_ids"] == ["turn-1", "turn-2"]
    await delete(app, "turn-2", key=OTHER)
    kept = await only_fact(app)
    assert kept["source_turn_ids"] == ["turn-1"]
    assert "pleases" not in str(kept)


async def test_dead_letters_of_deleted_turns_are_dropped(app: MemoryApp) -> None:
    app.model.answer_by(EXTRACT, lambda _: ModelRefusedError("extract", "content_filter"))
    await converse(app, "something bad")
    assert len(await app.find(app.counters, "c.type = 'dead_letter'")) == 1
    await delete(app, "turn-1")
    assert await app.find(app.counters, "c.type = 'dead_letter'") == []


async def test_memories_of_other_users_and_turns_stay_as_they_are(app: MemoryApp) -> None:
    stranger = ThreadKey(user_id="u2", thread_id="t1")
    await converse(app, "I own a cat")
    await app.say(stranger, "I own a dog", id="turn-1")
    await ThreadRun(app, stranger).finish()
    before = await app.find(app.memories, "c.user_id = 'u2'")
    await delete(app, "turn-1")
    assert await app.find(app.memories) == before != []


async def test_profiles_that_nobody_writes_any_more_are_removed(open_app: OpenApp) -> None:
    app = await open_app(**EACH)
    for schema, rule in ((EXTRACT, fact_of_each_turn), (SUMMARIZE, summary_of_all)):
        app.model.answer_by(schema, rule)
    app.model.answer_by(PROFILE, profile_of_all)
    await converse(app, "I own a cat", "I own a dog")
    assert await profile_text(app)
    off = await open_app(**{**EACH, "USER_SUMMARY_EVERY_N": 0})
    await off.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    await off.services.forget_turns.ask(KEY, ["turn-2"])
    assert await off.find(off.summaries, "c.id = @id", id="user_summary_u1") == []
