"""What a model writes, however badly: read, repaired, asked for again, or refused for good."""

import json
from typing import Any

import pytest

from shared.adapters.openai_chat import OpenAIChatModel
from shared.domain.errors import InvalidAnswerError, ModelRefusedError, ModelUnavailableError
from shared.domain.facts import ExtractionAnswer
from shared.prompts.extract_memories import EXTRACT_MEMORIES
from shared.prompts.reconcile_memories import RECONCILE_MEMORIES
from shared.prompts.summarize_thread import SUMMARIZE_THREAD
from tests.fakes.answers import fact, facts, summary
from tests.fakes.model_endpoint import ModelEndpoint, completion, refusal

TEA = fact("likes tea", "I like tea")
CATS = fact("has cats", "I have cats")
ANSWER = json.dumps(facts(TEA))


async def extract(model: OpenAIChatModel) -> list[dict[str, Any]]:
    answer = await model.complete(EXTRACT_MEMORIES, {"turns": []})
    ExtractionAnswer.model_validate(answer.data)
    return answer.data["facts"]


@pytest.mark.parametrize(
    "content",
    [
        ANSWER,
        f"```json\n{ANSWER}\n```",
        f"Here is what I found {{as you asked}}:\n\n{ANSWER}\n\nTell me if you need more.",
        f'<think>Maybe {{"facts": []}}? No.</think>{ANSWER}',
        json.dumps({**facts(TEA), "note": "done"}, indent=2),
        f"\ufeff{ANSWER}",
    ],
    ids=["plain", "fenced", "in prose", "after thoughts", "with more keys", "after a mark"],
)
async def test_an_answer_is_found_in_what_the_model_wrote(
    model: OpenAIChatModel, endpoint: ModelEndpoint, content: str
) -> None:
    endpoint.answer(completion(content))
    assert await extract(model) == [TEA]


async def test_several_objects_are_one_answer_with_their_lists_joined(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(completion(f"{ANSWER}\n{json.dumps(facts(CATS))}"))
    assert await extract(model) == [TEA, CATS]


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "I cannot help with that.",
        ANSWER[:-20],
        ANSWER + ANSWER[:-20],
        json.dumps([TEA]),
        "{}",
        '{"error": "overloaded"}',
        json.dumps({"facts": "none"}),
        json.dumps({"facts": [{"text": "likes tea"}]}),
        "{" * 5000,
    ],
    ids=[
        "nothing",
        "empty",
        "prose",
        "cut off",
        "second cut off",
        "a list",
        "empty object",
        "another object",
        "text for a list",
        "no fact complete",
        "deep",
    ],
)
async def test_what_holds_no_whole_answer_is_asked_for_again(
    model: OpenAIChatModel, endpoint: ModelEndpoint, content: str | None
) -> None:
    endpoint.answer(completion(content))
    with pytest.raises(InvalidAnswerError) as error:
        await extract(model)
    assert "tea" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "repaired"),
    [
        ({"category": "hobby"}, {"category": "other"}),
        ({"category": "Preference "}, {"category": "preference"}),
        ({"confidence": "0.8"}, {"confidence": 0.8}),
        ({"confidence": None}, {"confidence": 0.5}),
        ({"confidence": 7}, {"confidence": 7.0}),  # clamped where a fact is made of it
        ({"tags": None}, {"tags": []}),
        ({"tags": "tea"}, {"tags": ["tea"]}),
        ({"tags": ["tea", None, 3]}, {"tags": ["tea", "3"]}),
        ({"duplicate_of": ""}, {"duplicate_of": None}),
        ({"supersedes": None, "turn_ids": "t1"}, {"supersedes": [], "turn_ids": ["t1"]}),
    ],
)
async def test_a_fact_off_the_schema_is_repaired(
    model: OpenAIChatModel, endpoint: ModelEndpoint, given: Any, repaired: Any
) -> None:
    endpoint.answer(completion(json.dumps(facts({**TEA, **given}))))
    assert await extract(model) == [{**TEA, **repaired}]


async def test_missing_keys_get_what_means_nothing_and_a_hopeless_fact_is_left_out(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    bare = {name: TEA[name] for name in ("text", "quote", "category")}
    endpoint.answer(completion(json.dumps(facts(bare, {**CATS, "quote": None}, CATS))))
    first, second = await extract(model)
    assert second == CATS
    assert first == {**TEA, "confidence": 0.5, "salience": 0.5, "turn_ids": []}


async def test_a_null_list_at_the_top_is_an_empty_one(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(completion('{"facts": null}'))
    assert await extract(model) == []


async def test_a_summary_needs_its_overview_and_no_list(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(completion('{"overview": "A talk.", "topics": null}'))
    endpoint.answer(completion('{"key_points": ["a point"]}'))
    answer = await model.complete(SUMMARIZE_THREAD, {})
    assert answer.data == summary("A talk.")
    with pytest.raises(InvalidAnswerError):
        await model.complete(SUMMARIZE_THREAD, {})


async def test_a_verdict_of_an_unknown_kind_ends_no_fact(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    pairs = [
        {"winner": "m1", "loser": "m2", "reason": "boring"},
        {"winner": "m1", "loser": "m3", "reason": "contradict"},
    ]
    endpoint.answer(completion(json.dumps({"pairs": pairs})))
    answer = await model.complete(RECONCILE_MEMORIES, {})
    assert [pair["loser"] for pair in answer.data["pairs"]] == ["m3"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (completion(None, refusal="I will not."), "content_filter"),
        (completion(None, finish="content_filter"), "content_filter"),
        (completion(ANSWER[:30], finish="length"), "answer_too_long"),
        (refusal(code="content_filter"), "content_filter"),
        (refusal(code="context_length_exceeded", param="messages"), "context_length_exceeded"),
        (refusal(413), "request_too_large"),
    ],
)
async def test_what_no_second_try_cures_is_refused_at_once(
    model: OpenAIChatModel, endpoint: ModelEndpoint, reply: Any, reason: str
) -> None:
    endpoint.answer(reply)
    with pytest.raises(ModelRefusedError) as error:
        await extract(model)
    assert error.value.reason == reason


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 500, 503])
async def test_trouble_of_the_endpoint_is_left_to_the_orchestrations_retries(
    model: OpenAIChatModel, endpoint: ModelEndpoint, status: int
) -> None:
    endpoint.answer(refusal(status))
    with pytest.raises(ModelUnavailableError) as error:
        await extract(model)
    assert error.value.status == status


async def test_without_usage_tokens_are_estimated_from_characters(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(completion(ANSWER, usage=None))
    answer = await model.complete(EXTRACT_MEMORIES, {"turns": []})
    assert answer.prompt_tokens == (len(EXTRACT_MEMORIES.instructions) + 13) // 4
    assert answer.completion_tokens == len(ANSWER) // 4
