"""Rules that could not be derived: they hold nothing up, and are tried again without new turns."""

import pytest

from shared.domain.errors import ModelUnavailableError
from tests.conftest import OpenApp
from tests.fakes.answers import rule
from tests.fakes.chat_model import PROCEDURES, PROFILE, Payload, Reply
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.rules import procedures
from tests.unit.services.runs import KEY, user_state
from tests.workflow.poisoned import TRIES, answer_all
from tests.workflow.real_activities import Processor

DOWN = ModelUnavailableError("derive_procedures", 503)
ON = {
    "FACT_EXTRACTION_EVERY_N": 5,
    "THREAD_SUMMARY_EVERY_N": 0,
    "USER_SUMMARY_EVERY_N": 5,
    "PROCEDURAL_SYNTHESIS_AUTO": "true",
}


def is_down(_: Payload) -> Reply:
    return DOWN


def rule_of_first(payload: Payload) -> Reply:
    return {"procedures": [rule("Count the cats", payload["sources"][0]["id"])]}


async def open_and_say(open_app: OpenApp) -> MemoryApp:
    app = await open_app(**ON)
    answer_all(app)
    app.model.answer_by(PROCEDURES, is_down)
    await app.say(KEY, *(f"I want {n} cats" for n in range(5)))
    return app


async def fail(app: MemoryApp, processor: Processor) -> None:
    """A silent user's last run, in which the rules fail."""
    await processor.process(KEY)
    await app.services.flush.users.request_refresh("u1", changed=True)
    await processor.process_user("u1")


async def test_rules_that_failed_in_a_users_last_run_are_derived_without_any_new_turn(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_and_say(open_app)
    processor = Processor(app, monkeypatch)
    await fail(app, processor)
    assert (await app.services.report_status.run())["failing"]["procedures"] == 1
    assert len(await app.find(app.summaries, "c.type = 'user_summary'")) == 1
    app.model.answer_by(PROCEDURES, rule_of_first)
    profiles = app.model.count_calls(PROFILE)
    await processor.sweep_until_quiet()
    assert list(await procedures(app)) == ["Count the cats"]
    assert app.model.count_calls(PROFILE) == profiles
    state = await user_state(app)
    assert (state.claim, state.idle, state.rules_retry.failures) == (None, True, 0)
    assert (await app.services.report_status.run())["failing"]["procedures"] == 0


async def test_rules_that_keep_failing_wait_longer_each_time(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_and_say(open_app)
    processor = Processor(app, monkeypatch)
    await fail(app, processor)
    assert app.model.count_calls(PROCEDURES) == TRIES
    await processor.process_user("u1")  # at once, as a turn's commit may start it
    assert app.model.count_calls(PROCEDURES) == TRIES
    for failures in (2, 3, 4):
        pause = (await user_state(app)).rules_retry.next_at - app.clock.now()
        app.clock.advance(pause - 1)
        assert (await app.services.sweep.run()).users == []
        app.clock.advance(2)
        assert (await app.services.sweep.run()).users == ["u1"]
        await processor.process_user("u1")
        retry = (await user_state(app)).rules_retry
        assert (retry.failures, retry.next_at - app.clock.now()) == (failures, 2 * pause)
    assert app.model.count_calls(PROCEDURES) == 4 * TRIES


@pytest.mark.long
async def test_rules_that_fail_for_days_cost_one_try_a_day(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_and_say(open_app)
    processor = Processor(app, monkeypatch)
    await fail(app, processor)
    day = 86_400
    for _ in range(2 * day // 3600):
        app.clock.advance(3600)
        for user_id in (await app.services.sweep.run()).users:
            await processor.process_user(user_id)
    before = app.model.count_calls(PROCEDURES)
    for _ in range(3 * day // 3600):
        app.clock.advance(3600)
        for user_id in (await app.services.sweep.run()).users:
            await processor.process_user(user_id)
    assert 2 * TRIES <= app.model.count_calls(PROCEDURES) - before <= 3 * (TRIES + 1)


@pytest.mark.long
async def test_turns_that_come_while_rules_wait_are_profiled_without_them(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_and_say(open_app)
    processor = Processor(app, monkeypatch)
    await fail(app, processor)
    for n in range(20):  # more than the rules' own cadence
        await app.say(KEY, *(f"I own {n} dogs and {m} bats" for m in range(5)))
        await processor.process(KEY)
    state = await user_state(app)
    assert state.profiled == state.turns
    assert app.model.count_calls(PROCEDURES) == TRIES


async def test_rules_to_be_forgotten_are_asked_about_anew_even_where_that_fails_at_first(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_and_say(open_app)
    app.model.answer_by(PROCEDURES, rule_of_first)
    processor = Processor(app, monkeypatch)
    await fail(app, processor)
    asked = app.model.count_calls(PROCEDURES)
    app.model.answer_by(PROCEDURES, is_down)
    await app.services.flush.users.request_refresh("u1", rebuild=True)
    await processor.process_user("u1")
    assert app.model.count_calls(PROCEDURES) == asked + TRIES
    app.model.answer_by(PROCEDURES, rule_of_first)
    await processor.sweep_until_quiet()
    assert app.model.count_calls(PROCEDURES) == asked + TRIES + 1
