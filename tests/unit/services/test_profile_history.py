"""A profile tells what it said before, to those who ask for its history and to nobody else."""

from typing import Any

import pytest

from tests.conftest import OpenApp
from tests.fakes.answers import fact, facts, profile_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, Payload, Reply
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import KEY, ThreadRun, UserRun

EACH = {"FACT_EXTRACTION_EVERY_N": 1, "THREAD_SUMMARY_EVERY_N": 0, "USER_SUMMARY_EVERY_N": 1}


def take_the_place(payload: Payload) -> Reply:
    """Each turn says what holds instead of all that is known."""
    text = payload["turns"][0]["text"]
    return facts(fact(text, text, supersedes=[known["id"] for known in payload["known"]]))


@pytest.fixture
async def app(open_app: OpenApp) -> MemoryApp:
    app = await open_app(**EACH)
    app.model.answer_by(EXTRACT, take_the_place)
    app.model.answer_by(PROFILE, profile_of_all)
    return app


async def say(app: MemoryApp, *contents: str) -> None:
    for content in contents:
        await app.say(KEY, content)
        await ThreadRun(app).finish()
        await UserRun(app).finish()


async def stored(app: MemoryApp) -> Document:
    [document] = await app.find(app.summaries)
    return document


def changes(document: Document) -> list[tuple[int, Any, Any]]:
    return [(each["run"], each["added"], each["removed"]) for each in document["versions"]]


async def test_each_run_leaves_what_it_changed(app: MemoryApp) -> None:
    await say(app, "I live in Rome")
    assert (await stored(app))["versions"] == []
    await say(app, "I live in Paris", "I live in Oslo")
    document = await stored(app)
    rome, paris, oslo = ({"key_facts": [f"I live in {city}"]} for city in ("Rome", "Paris", "Oslo"))
    assert changes(document) == [(2, paris, rome), (3, oslo, paris)]
    assert document["versions"][-1]["at"] == document["updated_at"]
    assert document["content"] == "I live in Oslo"


async def test_no_model_is_shown_what_a_profile_said_before(app: MemoryApp) -> None:
    await say(app, "I live in Rome", "I live in Paris", "I live in Oslo")
    last = [call.payload for call in app.model.calls if call.schema_name == PROFILE][-1]
    assert "Rome" not in str(last)


async def test_a_profile_that_is_to_forget_has_no_versions(app: MemoryApp) -> None:
    await say(app, "I live in Rome", "I live in Paris", "I live in Oslo")
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    await app.services.forget_turns.ask(KEY, ["turn-2"])
    await UserRun(app).finish()
    document = await stored(app)
    assert (document["content"], document["versions"]) == ("I live in Oslo", [])
    assert "Paris" not in str(document)
    await say(app, "I live in Bonn")
    [version] = (await stored(app))["versions"]
    assert version["removed"] == {"key_facts": ["I live in Oslo"]}


async def test_the_history_costs_no_request(app: MemoryApp) -> None:
    await say(app, "I live in Rome", "I live in Paris")
    await app.say(KEY, "I live in Oslo")
    await ThreadRun(app).finish()
    app.cosmos.reset_stats()
    await UserRun(app).finish()
    counts = app.cosmos.count_requests()
    requests = {name: n for (name, container), n in counts.items() if "summaries" in container}
    assert requests == {"query": 1, "replace": 1}
