"""Answers of models that know the schema from its text only: parts in another shape than asked."""

import json
from typing import Any

import pytest

from shared.adapters.openai_chat import OpenAIChatModel
from shared.domain.errors import InvalidAnswerError
from shared.domain.turns import Turn
from shared.ports import Prompt
from shared.prompts.derive_procedures import DERIVE_PROCEDURES
from shared.prompts.extract_episodes import EXTRACT_EPISODES
from shared.prompts.extract_memories import EXTRACT_MEMORIES
from shared.prompts.reconcile_memories import RECONCILE_MEMORIES
from shared.prompts.summarize_thread import SUMMARIZE_THREAD
from shared.prompts.update_profile import UPDATE_PROFILE
from shared.services.ask_extraction import AskExtraction
from tests.fakes.answers import episode, event, fact, profile, rule, summary
from tests.fakes.model_endpoint import ModelEndpoint, completion

TEA = fact("likes tea", "I like tea")
CATS = fact("has cats", "I have cats")
PAIR = {"winner": "m1", "loser": "m2", "reason": "contradict"}
EVENT = event("asked", "I like tea", "t1")


async def ask(model: OpenAIChatModel, endpoint: ModelEndpoint, prompt: Prompt, data: Any) -> Any:
    endpoint.answer(completion(json.dumps(data)))
    return (await model.complete(prompt, {})).data


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"entities": ["INC001"]}, {"entities": [{"type": "other", "id": "INC001"}]}),
        (
            {"entities": [{"type": "incident", "name": "INC001"}]},
            {"entities": [{"type": "other", "id": "INC001"}]},
        ),
        ({"entities": [{"type": "ticket", "id": None}]}, {"entities": []}),
        ({"entities": [{}]}, {"entities": []}),
        ({"tags": [None]}, {"tags": []}),
        ({"tags": [{"name": "tea"}]}, {"tags": ["tea"]}),
        ({"supersedes": [None]}, {"supersedes": []}),
        ({"supersedes": {}}, {"supersedes": []}),
        ({"supersedes": False}, {"supersedes": []}),
        ({"supersedes": [{"id": "k1"}]}, {"supersedes": ["k1"]}),
        ({"duplicate_of": []}, {"duplicate_of": None}),
        ({"duplicate_of": ["k1"]}, {"duplicate_of": "k1"}),
        ({"confidence": "high"}, {"confidence": 0.5}),
        ({"confidence": "90%"}, {"confidence": 0.9}),
        ({"confidence": [0.9]}, {"confidence": 0.5}),
        ({"category": "preferences"}, {"category": "preference"}),
    ],
    ids=repr,
)
async def test_an_odd_part_of_a_fact_costs_neither_the_fact_nor_the_answer(
    model: OpenAIChatModel, endpoint: ModelEndpoint, given: Any, read: Any
) -> None:
    answered = await ask(model, endpoint, EXTRACT_MEMORIES, {"facts": [{**TEA, **given}]})
    assert answered == {"facts": [{**TEA, **read}]}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (
            {"action_items": ["Call Bob"]},
            {"action_items": [{"owner": None, "task": "Call Bob", "deadline": None}]},
        ),
        (
            {"action_items": [{"owner": "Ana", "action": "Call Bob"}]},
            {"action_items": [{"owner": "Ana", "task": "Call Bob", "deadline": None}]},
        ),
        ({"topics": [{"name": "tea"}]}, {"topics": ["tea"]}),
        ({"topics": [None]}, {"topics": []}),
        ({"decisions": {}}, {"decisions": []}),
    ],
    ids=repr,
)
async def test_an_odd_list_of_a_summary_is_read(
    model: OpenAIChatModel, endpoint: ModelEndpoint, given: Any, read: Any
) -> None:
    plain = summary("A talk.", "a point")
    answered = await ask(model, endpoint, SUMMARIZE_THREAD, {**plain, **given})
    assert answered == {**plain, **read}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (
            {"steps": ["Pour"]},
            {
                "steps": [
                    {
                        "instruction": "Pour",
                        "expected_result": None,
                        "on_failure": None,
                        "tool_name": None,
                    }
                ]
            },
        ),
        ({"procedure_kind": "policy"}, {"procedure_kind": "behavioral_policy"}),
        ({"procedure_kind": "Tool usage"}, {"procedure_kind": "tool_usage"}),
        ({"procedure_kind": "decision-rules"}, {"procedure_kind": "decision_rule"}),
        ({"confidence": "certain"}, {"confidence": 0.5}),
    ],
    ids=repr,
)
async def test_an_odd_part_of_a_rule_costs_nothing_else(
    model: OpenAIChatModel, endpoint: ModelEndpoint, given: Any, read: Any
) -> None:
    plain = rule("Offer tea", "s1")
    answered = await ask(model, endpoint, DERIVE_PROCEDURES, {"procedures": [{**plain, **given}]})
    assert answered == {"procedures": [{**plain, **read}]}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"events": [{**EVENT, "quote": None}, EVENT]}, {"events": [EVENT]}),
        (
            {"outcome": "It was solved."},
            {"outcome": {"status": "unknown", "description": "It was solved."}},
        ),
        ({"outcome": "failed"}, {"outcome": {"status": "failed", "description": "failed"}}),
        ({"outcome": ["solved", "late"]}, {"outcome": None}),
    ],
    ids=repr,
)
async def test_an_odd_part_of_an_episode_costs_nothing_else(
    model: OpenAIChatModel, endpoint: ModelEndpoint, given: Any, read: Any
) -> None:
    plain = episode("Tea", EVENT)
    answered = await ask(model, endpoint, EXTRACT_EPISODES, {"episodes": [{**plain, **given}]})
    assert answered == {"episodes": [{**plain, **read}]}


@pytest.mark.parametrize("reason", ["contradiction", "contradicts", "Contradictory"])
async def test_a_verdict_in_another_form_of_the_word_counts(
    model: OpenAIChatModel, endpoint: ModelEndpoint, reason: str
) -> None:
    pairs = {"pairs": [{**PAIR, "reason": reason}]}
    assert await ask(model, endpoint, RECONCILE_MEMORIES, pairs) == {"pairs": [PAIR]}


@pytest.mark.parametrize("value", [[[]], [{}], [None], None, {}])
async def test_a_list_that_holds_nothing_is_empty(
    model: OpenAIChatModel, endpoint: ModelEndpoint, value: Any
) -> None:
    plain = profile("likes tea")
    answered = await ask(model, endpoint, UPDATE_PROFILE, {**plain, "topics": value})
    assert answered == plain


@pytest.mark.parametrize(
    ("prompt", "data"),
    [
        (EXTRACT_MEMORIES, {"facts": [{**TEA, "quote": None}]}),
        (EXTRACT_MEMORIES, {"facts": ["likes tea"]}),
        (RECONCILE_MEMORIES, {"pairs": [{**PAIR, "reason": "boring"}]}),
        (UPDATE_PROFILE, {**profile("likes tea"), "goals_current_work": [["tea", "cats"]]}),
    ],
)
async def test_a_list_of_which_no_entry_can_be_read_is_asked_for_again(
    model: OpenAIChatModel, endpoint: ModelEndpoint, prompt: Prompt, data: Any
) -> None:
    with pytest.raises(InvalidAnswerError):
        await ask(model, endpoint, prompt, data)


async def test_a_fact_that_cannot_be_read_is_counted_and_moves_no_reference(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    text = "I like tea. I have cats. No cats any more."
    turn = Turn(id="a", role="user", content=text, created_at="2026-07-01T10:00:00+00:00")
    late = fact("has no cats", "No cats any more", supersedes=["f2"])
    given = {"facts": [{**TEA, "quote": None}, TEA, CATS, late]}
    endpoint.answer(completion(json.dumps(given)))
    extraction = await AskExtraction(model, ()).run([turn], [])
    assert dict(extraction.objections) == {"unreadable": 1}
    assert [item.content for item in extraction.facts] == ["likes tea", "has cats", "has no cats"]
    assert extraction.facts[2].supersedes == ["#1"]
