"""Inputs that no endpoint ever answers: after the horizon the culprit pays, nobody else."""

import math

import pytest

from shared.domain.errors import ModelUnavailableError
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn
from tests.fakes.chat_model import EXTRACT, SUMMARIZE
from tests.fakes.memory_app import MemoryApp
from tests.unit.services.runs import KEY, fact_contents, ledger, thread_state, user_state
from tests.workflow.poisoned import TRIES, always, answer_all, fails_at_poison, key_points
from tests.workflow.real_activities import Processor

DOWN = ModelUnavailableError("a prompt", 500)
DOWN_AT_POISON = fails_at_poison(DOWN)
HORIZON = {"MEMORY_RETRY_HORIZON_SECONDS": 3600}
SIZE = 20


async def talk(app: MemoryApp) -> list[str]:
    """A chunk with one turn in it that breaks the endpoint; the other turns' contents."""
    contents = [f"I own {n} cats" for n in range(SIZE)]
    await app.say(KEY, *contents[:-2], "poison", contents[-2])
    return contents[:-1]


async def test_after_the_horizon_one_turn_that_gets_no_answer_costs_the_others_nothing(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=SIZE, THREAD_SUMMARY_EVERY_N=SIZE, **HORIZON)
    answer_all(app, DOWN_AT_POISON)
    good = await talk(app)
    processor = Processor(app, monkeypatch)
    await processor.process(KEY)
    # No halving yet: an endpoint that is out for an hour is no turn's fault.
    assert (app.model.count_calls(EXTRACT), app.model.count_calls(SUMMARIZE)) == (TRIES, TRIES)
    assert (await thread_state(app)).pending == SIZE
    await processor.sweep_until_quiet()
    assert await fact_contents(app) == {f"Said: {text}" for text in good}
    assert await key_points(app) == good
    [record] = await ledger(app)
    assert list(record["reasons"].values()) == ["no_answer"]
    [letter] = await app.find(app.counters, "c.type = 'dead_letter'")
    assert (letter["error_code"], letter["reason"]) == ("model_refused", "no_answer")
    state = await thread_state(app)
    assert (state.closed, state.summarized, state.retry) == (SIZE, SIZE, {})
    rounds = 8  # pauses of a minute, two, four ... make an hour
    # The model is asked about the sample whenever no answer came: it may have gone meanwhile.
    assert app.model.count_calls(EXTRACT) <= rounds * TRIES + 3 * math.ceil(math.log2(SIZE)) + 4


@pytest.mark.long
async def test_an_outage_beyond_the_horizon_leaves_no_turn_out_of_a_summary(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=SIZE, THREAD_SUMMARY_EVERY_N=SIZE, **HORIZON)
    answer_all(app, always(DOWN))
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    contents = [f"I own {n} cats" for n in range(SIZE)]
    await app.say(KEY, *contents)
    processor = Processor(app, monkeypatch)
    for _ in range(20):
        app.clock.advance(700)
        await processor.process(KEY)
    assert (await thread_state(app)).summarized == 0
    answer_all(app)
    await processor.sweep_until_quiet()
    assert await key_points(app) == contents


@pytest.mark.long
async def test_after_the_horizon_a_fact_that_gets_no_answer_is_left_out_of_the_profile(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(
        THREAD_SUMMARY_EVERY_N=0, USER_SUMMARY_EVERY_N=5, DEDUP_EVERY_N=1, **HORIZON
    )
    answer_all(app, DOWN_AT_POISON)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *(f"I own {n} cats" for n in range(4)), "I like poison")
    processor = Processor(app, monkeypatch)
    await processor.process(KEY)
    assert await app.find(app.summaries, "c.type = 'user_summary'") == []
    await processor.sweep_until_quiet()
    [document] = await app.find(app.summaries, "c.type = 'user_summary'")
    told = document["metadata"]["structured_summary"]["key_facts"]
    assert sorted(told) == [f"Said: I own {n} cats" for n in range(4)]
    state = await user_state(app)
    assert (state.profiled, state.reconciled, state.retry.failures) == (5, 5, 0)


@pytest.mark.long
async def test_after_the_horizon_one_turn_that_gets_no_answer_costs_an_episode_nothing_else(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(
        THREAD_SUMMARY_EVERY_N=0,
        EPISODE_EVAL_EVERY_N=1,
        EPISODE_MAX_TURNS=4,
        EPISODE_MIN_TURNS=1,
        **HORIZON,
    )
    answer_all(app, DOWN_AT_POISON)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, "I own a cat", "I like poison", "I own a dog", "I own a bat", "I own a car")
    processor = Processor(app, monkeypatch)
    await processor.process(KEY)
    assert "episodes" in (await thread_state(app)).retry
    await processor.sweep_until_quiet()
    stored = await app.find(app.memories, "c.type = 'episodic'")
    proven = {event["description"] for each in stored for event in each["events"]}
    assert {"I own a cat", "I own a dog", "I own a bat"} <= proven
    assert "I like poison" not in proven
    assert "episodes" not in (await thread_state(app)).retry
