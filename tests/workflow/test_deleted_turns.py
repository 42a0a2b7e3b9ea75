"""Turns deleted with azure-cosmos are forgotten by sweeps and orchestrations; expired ones not."""

import asyncio

import pytest

from shared.domain.turns import ThreadKey
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, profile_of_all, summary_of_all
from tests.fakes.chat_model import EXTRACT, PROFILE, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.long_run import but_for_long_runs
from tests.workflow.real_activities import Processor

KEY = ThreadKey(user_id="ada", thread_id="x")
SETTINGS = {
    "FACT_EXTRACTION_EVERY_N": 2,
    "THREAD_SUMMARY_EVERY_N": 2,
    "USER_SUMMARY_EVERY_N": 2,
    "MEMORY_VANISHED_LIMIT": 1,
}


async def open_taught(open_app: OpenApp) -> MemoryApp:
    app = await open_app(**SETTINGS)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    return app


async def sweep(app: MemoryApp, processor: Processor) -> None:
    """Two looks, the rebuilding, and the last look."""
    for _ in range(4):
        await app.services.find_vanished.run()
        await processor.sweep_until_quiet()


@pytest.mark.parametrize("failures", but_for_long_runs([0.4, 0.0]))
async def test_of_a_deleted_turn_nothing_is_known_after_some_sweeps(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, failures: float
) -> None:
    app = await open_taught(open_app)
    processor = Processor(app, monkeypatch, seed=1, failures=failures)
    for pet in ("cat", "dog", "fish", "bird", "fox"):
        report = await app.say(KEY, f"I own a {pet}")
        await processor.process(*report.due)
    await processor.sweep_until_quiet()
    for turn_id in ("turn-2", "turn-5"):
        await app.turns.delete_item(turn_id, partition_key=["ada", "x"])
    await sweep(app, processor)
    processor.failures = 0.0
    await sweep(app, processor)
    facts = await app.find(app.memories)
    assert {fact["content"] for fact in facts} == {
        "Said: I own a cat",
        "Said: I own a fish",
        "Said: I own a bird",
    }
    [summary] = await app.find(app.summaries, "c.type = 'thread_summary'")
    points = summary["metadata"]["structured_summary"]["key_points"]
    assert points == ["I own a cat", "I own a fish", "I own a bird"]
    [profile] = await app.find(app.summaries, "c.type = 'user_summary'")
    assert sorted(profile["content"].split("; ")) == sorted(fact["content"] for fact in facts)
    status = await app.services.report_status.run()
    assert (status["vanished"], status["pending"]) == (2, 0)
    state = await app.read(app.counters, "state", KEY)
    assert (state["arrived"], state["closed"], state["summarized"]) == (5, 5, 5)
    assert await app.find(app.counters, "c.type IN ('answer', 'vanished_turns')") == []


async def test_what_an_expired_turn_has_told_stays(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_taught(open_app)
    processor = Processor(app, monkeypatch)
    report = await app.say(KEY, "I own a cat", "I own a dog", ttl=2)
    await processor.process(*report.due)
    for _ in range(300):
        if not await app.find(app.turns):
            break
        await asyncio.sleep(0.1)
    before = await app.find(app.memories), await app.find(app.summaries)
    await sweep(app, processor)
    assert (await app.find(app.memories), await app.find(app.summaries)) == before
    assert len(before[0]) == 2
