"""A user whose profile is kept up to date, and what its prompt was shown."""

from typing import Any

from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import episodes, fact, facts, profile_of_all, rule
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
