"""Answers that cannot be used, however often a model is asked: the culprit pays, nobody else."""

import math

import pytest

from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.prompts.derive_procedures import DERIVE_PROCEDURES
from shared.prompts.extract_episodes import EXTRACT_EPISODES
from shared.prompts.extract_memories import EXTRACT_MEMORIES
from shared.prompts.reconcile_memories import RECONCILE_MEMORIES
from shared.prompts.summarize_thread import SUMMARIZE_THREAD
from shared.prompts.update_profile import UPDATE_PROFILE
from tests.conftest import OpenApp
from tests.fakes.answers import fact_of_each_turn, rule
from tests.fakes.chat_model import EXTRACT, PROCEDURES, SUMMARIZE
from tests.unit.services.runs import KEY, fact_contents, ledger, thread_state, user_state
from tests.workflow.poisoned import TRIES, always, answer_all, fails_at_poison, key_points
from tests.workflow.real_activities import Processor

PROSE = InvalidAnswerError("a prompt", "it holds no JSON object")
PROSE_ABOUT_POISON = fails_at_poison(PROSE)


@pytest.mark.parametrize("size", [1, 5, 20])
@pytest.mark.parametrize("place", [0, -1])
async def test_one_turn_that_gets_no_usable_answer_costs_the_others_nothing(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, size: int, place: int
) -> None:
    app = await open_app(FACT_EXTRACTION_EVERY_N=size, THREAD_SUMMARY_EVERY_N=size)
    answer_all(app, PROSE_ABOUT_POISON)
    contents = [f"I own {n} cats" for n in range(size)]
    contents[place] = "poison"
    await app.say(KEY, *contents)
    processor = Processor(app, monkeypatch)
    await processor.process(KEY)
    good = [text for text in contents if text != "poison"]
    assert await fact_contents(app) == {f"Said: {text}" for text in good}
    [record] = await ledger(app)
    assert list(record["reasons"].values()) == ["unusable_answer"]
    [letter] = await app.find(app.counters, "c.type = 'dead_letter'")
    assert (letter["error_code"], letter["reason"]) == ("model_refused", "unusable_answer")
    most = TRIES + 1 + 2 * math.ceil(math.log2(size))
    assert app.model.count_calls(EXTRACT) <= most
    assert app.model.count_calls(SUMMARIZE) <= most + 1  # once without the summary so far
    if good:
        assert await key_points(app) == good
    state = await thread_state(app)
    assert (state.closed, state.summarized, state.retry) == (size, size, {})
    later = [f"I own dog {n}" for n in range(size)]
    await app.say(KEY, *later)
    await processor.process(KEY)
    assert await key_points(app) == [*good, *later][:30]


async def test_a_model_that_answers_nothing_usable_costs_no_turn(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=5)
    answer_all(app, always(PROSE))
    contents = [f"I own {n} cats" for n in range(5)]
    await app.say(KEY, *contents)
    processor = Processor(app, monkeypatch)
    await processor.process(KEY)
    assert app.model.count_calls(EXTRACT) == TRIES + 1  # the last time about the sample
    assert app.model.count_calls(SUMMARIZE) == TRIES + 1
    assert (await app.services.report_status.run())["failing"]["extract"] == 1
    assert await app.find(app.counters, "c.type = 'dead_letter'") == []
    answer_all(app)
    await processor.sweep_until_quiet()
    assert await fact_contents(app) == {f"Said: {text}" for text in contents}
    assert await key_points(app) == contents


async def test_a_model_that_refuses_the_sample_as_well_is_at_fault_itself(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=0)
    refusal = ModelRefusedError("a prompt", "content_filter")
    app.model.answer(EXTRACT, *[PROSE] * TRIES, refusal)
    await app.say(KEY, *(f"I own {n} cats" for n in range(5)))
    await Processor(app, monkeypatch).process(KEY)
    app.model.assert_script_was_played()
    assert await app.find(app.counters, "c.type = 'dead_letter'") == []


async def test_a_usable_answer_to_a_later_try_is_taken_without_any_halving(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=0)
    contents = [f"I own {n} cats" for n in range(5)]
    turns = [{"id": f"t{n}", "text": text} for n, text in enumerate(contents, 1)]
    app.model.answer(EXTRACT, *[PROSE] * (TRIES - 1), fact_of_each_turn({"turns": turns}))
    await app.say(KEY, *contents)
    await Processor(app, monkeypatch).process(KEY)
    app.model.assert_script_was_played()
    assert len(await fact_contents(app)) == 5


async def test_one_fact_that_gets_no_usable_answer_costs_the_user_neither_profile_nor_the_rest(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(THREAD_SUMMARY_EVERY_N=0, USER_SUMMARY_EVERY_N=5, DEDUP_EVERY_N=1)
    answer_all(app, PROSE_ABOUT_POISON)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, *(f"I own {n} cats" for n in range(4)), "I like poison")
    await Processor(app, monkeypatch).process(KEY)
    [document] = await app.find(app.summaries, "c.type = 'user_summary'")
    told = document["metadata"]["structured_summary"]["key_facts"]
    assert sorted(told) == [f"Said: I own {n} cats" for n in range(4)]
    state = await user_state(app)
    assert (state.profiled, state.reconciled, state.retry.failures) == (5, 5, 0)


async def test_one_turn_that_gets_no_usable_answer_costs_an_episode_nothing_else(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(
        THREAD_SUMMARY_EVERY_N=0, EPISODE_EVAL_EVERY_N=1, EPISODE_MAX_TURNS=4, EPISODE_MIN_TURNS=1
    )
    answer_all(app, PROSE_ABOUT_POISON)
    app.model.answer_by(EXTRACT, fact_of_each_turn)
    await app.say(KEY, "I own a cat", "I like poison", "I own a dog", "I own a bat", "I own a car")
    await Processor(app, monkeypatch).process(KEY)
    stored = await app.find(app.memories, "c.type = 'episodic'")
    proven = {event["description"] for each in stored for event in each["events"]}
    assert proven == {"I own a cat", "I own a dog", "I own a bat"}
    assert "episodes" not in (await thread_state(app)).retry


async def test_a_prompts_sample_has_the_form_of_what_it_is_asked_about(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await open_app(
        THREAD_SUMMARY_EVERY_N=5,
        USER_SUMMARY_EVERY_N=99,
        DEDUP_EVERY_N=1,
        EPISODE_EVAL_EVERY_N=1,
        EPISODE_MAX_TURNS=4,
        EPISODE_MIN_TURNS=1,
        PROCEDURAL_SYNTHESIS_AUTO="true",
    )
    answer_all(app)
    app.model.answer_by(PROCEDURES, lambda _: {"procedures": [rule("Count the cats", "s1")]})
    await app.say(KEY, *(f"I want {n} cats" for n in range(5)))
    processor = Processor(app, monkeypatch)
    await processor.process(KEY)
    await app.services.flush.mark_user("u1")
    await processor.process_user("u1")
    asked = {call.schema_name: call.payload for call in app.model.calls}
    prompts = (
        EXTRACT_MEMORIES,
        SUMMARIZE_THREAD,
        UPDATE_PROFILE,
        RECONCILE_MEMORIES,
        EXTRACT_EPISODES,
        DERIVE_PROCEDURES,
    )
    assert sorted(asked) == sorted(prompt.schema_name for prompt in prompts)
    for prompt in prompts:
        payload = asked[prompt.schema_name]
        assert set(prompt.sample) == set(payload)
        for name, items in prompt.sample.items():
            for item in (items or []) if payload[name] else []:
                assert set(item) <= set(payload[name][0])
