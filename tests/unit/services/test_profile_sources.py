"""What a profile is made of: active memories of every type, each shown once."""

from typing import Any

import pytest

from shared.domain.turns import ThreadKey
from shared.prompts.update_profile import UPDATE_PROFILE
from tests.conftest import OpenApp
from tests.fakes.answers import episode, episodes, event, fact, facts, profile_of_all, rule
from tests.fakes.chat_model import EPISODES, EXTRACT, PROCEDURES, PROFILE
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun

ON = {
    "FACT_EXTRACTION_EVERY_N": 1,
    "THREAD_SUMMARY_EVERY_N": 0,
    "USER_SUMMARY_EVERY_N": 1000,
    "EPISODE_EVAL_EVERY_N": 1,
    "EPISODE_MIN_TURNS": 1,
    "PROCEDURAL_SYNTHESIS_AUTO": "true",
}
GERMAN = {"name": "Answer in German", "text": "Answer in German, always."}
COUNTERS = ThreadKey(user_id="u1", thread_id="__counters__")


async def open_profiled(open_app: OpenApp) -> MemoryApp:
    app = await open_app(**ON)
    app.model.answer_by(PROFILE, profile_of_all)
    app.model.answer_by(PROCEDURES, lambda _: {"procedures": []})
    app.model.answer_by(EPISODES, lambda _: episodes())
    return app


async def learn(app: MemoryApp, *items: dict[str, Any], said: str, **turn: Any) -> None:
    app.model.answer(EXTRACT, facts(*items))
    await app.say(KEY, said, **turn)
    await ThreadRun(app).finish()


async def refresh(app: MemoryApp) -> None:
    """A run of all of the user's steps, after a turn that tells nothing; rules come last in it."""
    await learn(app, said="The weather is what it is today.")
    await app.services.flush.run("u1")
    await ThreadRun(app).finish()
    await app.services.flush.mark_user("u1")
    await UserRun(app).finish()


def shown(app: MemoryApp, kind: str) -> list[Any]:
    """What stood in a list of the profile prompt, over all calls."""
    calls = [call for call in app.model.calls if call.schema_name == PROFILE]
    return [item for call in calls for item in call.payload[kind]]


async def profile_metadata(app: MemoryApp) -> Document:
    [document] = await app.find(app.summaries, "c.type = 'user_summary'")
    return document["metadata"]


async def teach_german(app: MemoryApp) -> None:
    """A wish, and the rule that comes of it; the profile has seen both."""
    await learn(app, fact("Wants German.", "in German"), said="Answer in German, please.")
    app.model.answer(PROCEDURES, {"procedures": [rule("Answer in German", "s1")]})
    await refresh(app)
    await refresh(app)


async def test_a_profile_is_shown_facts_rules_and_episodes_each_once(open_app: OpenApp) -> None:
    app = await open_profiled(open_app)
    told = episode(
        "A request",
        event("German was asked for.", "in German", "t1"),
        outcome={"status": "successful", "description": "It was granted."},
    )
    app.model.answer(EPISODES, episodes(told))
    await teach_german(app)
    assert [item["text"] for item in shown(app, "facts")] == ["Wants German."]
    assert shown(app, "procedures") == [GERMAN]
    [stored] = await app.find(app.memories, "c.type = 'episodic'")
    assert shown(app, "episodes") == [
        {
            "title": "A request",
            "text": "A request, in short.",
            "outcome": "successful",
            "at": stored["created_at"],
        }
    ]
    assert app.model.count_calls(PROFILE) == 2
    await refresh(app)
    assert app.model.count_calls(PROFILE) == 2
    metadata = await profile_metadata(app)
    assert metadata["source_memory_count"] == 3
    assert (metadata["thread_ids"], metadata["source_thread_count"]) == (["t1"], 1)


async def test_a_profile_is_told_which_facts_are_an_agents_word(open_app: OpenApp) -> None:
    app = await open_profiled(open_app)
    berlin, paris = fact("Lives in Berlin.", "Berlin"), fact("Lives in Paris.", "Paris")
    by_hand = {
        "id": "x1",
        "user_id": "u1",
        "thread_id": "t9",
        "type": "fact",
        "content": "By hand.",
        "content_hash": "h",
        "created_at": "2026-07-01T10:00:00+00:00",
        "metadata": {},
    }
    await app.memories.create_item(by_hand)
    await learn(app, berlin, said="I live in Berlin.")
    await learn(app, paris, said="Your address is Paris.", role="agent")
    await refresh(app)
    sources = {item["text"]: item["source"] for item in shown(app, "facts")}
    assert sources == {
        "Lives in Berlin.": "user",
        "Lives in Paris.": "agent",
        "By hand.": "user",
    }
    [call] = [call for call in app.model.calls if call.schema_name == PROFILE]
    assert "`source` is agent" in UPDATE_PROFILE.instructions
    assert call.payload["retracted"] == []


async def test_a_rule_that_ends_is_retracted_from_the_profile(open_app: OpenApp) -> None:
    app = await open_profiled(open_app)
    await teach_german(app)
    french = fact("Wants French.", "in French", supersedes=["k1"])
    await learn(app, french, said="Answer in French, not German.")
    await refresh(app)
    await refresh(app)
    assert set(shown(app, "retracted")) == {"Wants German.", GERMAN["text"]}
    assert shown(app, "procedures") == [GERMAN]


async def test_a_rule_that_a_person_has_rejected_is_retracted_from_the_profile(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    await teach_german(app)
    [stored] = await app.find(app.memories, "c.type = 'procedural'")
    await app.memories.upsert_item(stored | {"status": "rejected"})
    await refresh(app)
    assert shown(app, "retracted") == [GERMAN["text"]]


async def test_a_candidate_is_neither_shown_nor_retracted(open_app: OpenApp) -> None:
    app = await open_profiled(open_app)
    await learn(app, fact("Wire the money.", "wire"), said="I wire money.", role="agent")
    app.model.answer(PROCEDURES, {"procedures": [rule("Wire the money", "s1")]})
    await refresh(app)
    await refresh(app)
    [candidate] = await app.find(app.memories, "c.type = 'procedural'")
    assert candidate["status"] == "candidate"
    ended = {"superseded_by": "fact_x", "supersede_reason": "update", "superseded_at": "2026"}
    await app.memories.upsert_item(candidate | ended)
    await refresh(app)
    assert shown(app, "procedures") == shown(app, "retracted") == []


def stored_episode(number: int, **fields: Any) -> Document:
    return {
        "id": f"ep_{number}",
        "user_id": "u1",
        "thread_id": "t1",
        "type": "episodic",
        "title": f"Episode {number}",
        "content": "It happened. " * 200,
        "created_at": f"2026-01-{number // 24 + 1:02}T{number % 24:02}:00:00+00:00",
        **fields,
    }


async def test_a_profile_that_is_written_anew_is_shown_the_newest_active_episodes_in_short(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    await learn(app, fact("Likes tea.", "tea"), said="I like tea.")
    for number in reversed(range(60)):
        await app.memories.create_item(stored_episode(number))
    await app.memories.create_item(stored_episode(99, superseded_by="ep_1"))
    state = await app.read(app.counters, "user-state", COUNTERS)
    await app.counters.upsert_item(state | {"rebuild": True, "refresh": True})
    await refresh(app)
    episodes_shown = shown(app, "episodes")
    assert [item["title"] for item in episodes_shown] == [f"Episode {n}" for n in range(10, 60)]
    assert max(len(item["text"]) for item in episodes_shown) == 1000
    assert shown(app, "retracted") == []
    assert app.model.count_calls(PROFILE) == 2, "50 episodes of 1,000 characters are two prompts"


async def test_a_procedure_of_the_public_toolkit_is_none_of_ours_and_not_retracted(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    prompt = {
        "id": "proc_u1_1",
        "user_id": "u1",
        "thread_id": "__procedural__",
        "type": "procedural",
        "role": "system",
        "content": "Always answer in German. The user is a doctor.",
        "version": 1,
        "created_at": "2026-07-01T10:00:00+00:00",
        "metadata": {},
        "tags": ["sys:procedural"],
    }
    await app.memories.create_item(prompt)
    await learn(app, fact("Is a doctor.", "doctor"), said="I am a doctor.")
    await refresh(app)
    assert shown(app, "retracted") == []


async def test_a_candidate_that_a_person_rejects_was_never_told_and_is_not_retracted(
    open_app: OpenApp,
) -> None:
    app = await open_profiled(open_app)
    await learn(app, fact("Wire the money.", "wire"), said="I wire money.", role="agent")
    app.model.answer(PROCEDURES, {"procedures": [rule("Wire the money", "s1")]})
    await refresh(app)
    [candidate] = await app.find(app.memories, "c.type = 'procedural'")
    assert candidate["status"] == "candidate"
    await app.memories.upsert_item(candidate | {"status": "rejected"})
    await refresh(app)
    assert shown(app, "retracted") == []


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("fact", "content_hash"),
        ("fact", "created_at"),
        ("episodic", "content"),
        ("procedural", "content"),
        ("episodic", "created_at"),
    ],
)
async def test_a_memory_that_somebody_else_wrote_does_not_stop_the_profile(
    open_app: OpenApp, kind: str, missing: str
) -> None:
    app = await open_profiled(open_app)
    foreign = {
        "id": "x1",
        "user_id": "u1",
        "type": kind,
        "status": "active",
        "name": "n",
        "thread_id": "__procedural__" if kind == "procedural" else "t1",
        "content": "By hand.",
        "content_hash": "h",
        "outcome": "a text",
        "created_at": "2026-07-01T10:00:00+00:00",
        "metadata": {},
    }
    del foreign[missing]
    await app.memories.create_item(foreign)
    await learn(app, fact("Is a doctor.", "doctor"), said="I am a doctor.")
    await refresh(app)
    assert "Is a doctor." in [item["text"] for item in shown(app, "facts")]
