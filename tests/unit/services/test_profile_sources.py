"""What a profile is made of: active memories of every type, each shown once."""

from typing import Any

import pytest

from tests.conftest import OpenApp
from tests.fakes.answers import episode, episodes, event, fact
from tests.fakes.chat_model import EPISODES, PROFILE
from tests.fakes.memory_app import Document
from tests.unit.services.profiled import (
    COUNTERS,
    GERMAN,
    learn,
    open_profiled,
    profile_metadata,
    refresh,
    shown,
    teach_german,
)


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
