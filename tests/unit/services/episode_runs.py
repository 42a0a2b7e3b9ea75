"""Threads with small episodes, and what is stored of them."""

from typing import Any

from tests.conftest import OpenApp
from tests.fakes.answers import episode_of_all, facts
from tests.fakes.chat_model import EPISODES, EXTRACT
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun

SMALL = {"EPISODE_EVAL_EVERY_N": 1, "EPISODE_MAX_TURNS": 4, "THREAD_SUMMARY_EVERY_N": 0}
LATER = "2026-07-01T15:00:00+00:00"


async def open_small(open_app: OpenApp, **settings: Any) -> MemoryApp:
    """Chunks of two turns, episodes of at most four."""
    app = await open_app(**{"FACT_EXTRACTION_EVERY_N": 2, **SMALL, **settings})
    app.model.answer_by(EXTRACT, lambda _: facts())
    app.model.answer_by(EPISODES, episode_of_all)
    return app


def texts(count: int, first: int = 1) -> list[str]:
    return [f"word {n}" for n in range(first, first + count)]


async def stored_episodes(app: MemoryApp) -> list[Document]:
    found = await app.find(app.memories, "c.type = 'episodic'")
    return sorted(found, key=lambda item: item["started_at"])


async def segments(app: MemoryApp) -> list[Document]:
    found = await app.find(app.counters, "c.type = 'segment'")
    return sorted(found, key=lambda item: item["first"])


async def say_all(app: MemoryApp, *contents: str, **fields: Any) -> None:
    await app.say(KEY, *contents, **fields)
    await ThreadRun(app).finish()


def shown(app: MemoryApp) -> list[list[str]]:
    """The texts that each episode prompt showed."""
    calls = [call for call in app.model.calls if call.schema_name == EPISODES]
    return [[turn["text"] for turn in call.payload["turns"]] for call in calls]
