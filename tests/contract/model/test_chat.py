"""Chat completions as the openai client sees them."""

from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import AsyncOpenAI, BadRequestError

from tests.contract.model.chat_calls import FACTS_SCHEMA, complete, content_of, turns_prompt
from tests.contract.model.server_process import KEY, RunningServer
from tests.unit.local_model.schema_check import find_violation


async def test_an_answer_fits_the_schema_that_was_asked_for(client: AsyncOpenAI) -> None:
    completion = await complete(client, turns_prompt("I like green tea a lot."))
    assert content_of(completion) == {
        "facts": [
            {
                "text": "The user likes green tea a lot.",
                "category": "preference",
                "confidence": 0.95,
                "tags": ["food"],
                "quote": "I like green tea a lot.",
                "duplicate_of": None,
            }
        ]
    }


async def test_an_answer_carries_what_a_client_reads_beside_the_content(
    client: AsyncOpenAI,
) -> None:
    prompt = turns_prompt("I like green tea a lot.")
    completion = await complete(client, prompt)
    assert completion.object == "chat.completion"
    assert completion.id.startswith("chatcmpl-")
    assert completion.model == "any-model"
    (choice,) = completion.choices
    assert (choice.index, choice.finish_reason) == (0, "stop")
    assert (choice.message.role, choice.message.refusal) == ("assistant", None)
    usage = completion.usage
    assert usage is not None
    assert usage.prompt_tokens == -(-(len(prompt) + len("Extract memories.")) // 4)
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 0


async def test_the_same_request_gets_the_same_answer(client: AsyncOpenAI) -> None:
    prompt = turns_prompt("I live in Rome.", "I moved to Oslo last week.")
    answers = [await complete(client, prompt, temperature=1.0, seed=n) for n in range(3)]
    assert len({answer.choices[0].message.content for answer in answers}) == 1
    assert len({answer.id for answer in answers}) == 1


async def test_an_unknown_schema_gets_its_smallest_instance(client: AsyncOpenAI) -> None:
    schema = {
        "type": "object",
        "properties": {
            "verdict": {"type": "string", "enum": ["keep", "drop"]},
            "score": {"type": "integer", "minimum": 3},
            "notes": {"type": "array", "items": {"type": "string"}},
            "note": {"type": ["string", "null"]},
        },
        "required": ["verdict", "score", "notes", "note"],
        "additionalProperties": False,
    }
    completion = await complete(client, "whatever", name="Judge", schema=schema)
    assert content_of(completion) == {"verdict": "keep", "score": 3, "notes": [], "note": None}


async def test_without_a_schema_the_answer_is_text_or_an_object(client: AsyncOpenAI) -> None:
    text = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Hello"}]
    )
    assert text.choices[0].message.content
    as_object = await client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": [{"type": "text", "text": "JSON, please"}]}],
        response_format={"type": "json_object"},
    )
    assert as_object.choices[0].message.content == "{}"


async def test_an_answer_over_the_token_limit_is_cut(client: AsyncOpenAI) -> None:
    completion = await complete(
        client, turns_prompt("I like green tea a lot."), max_completion_tokens=10
    )
    (choice,) = completion.choices
    assert choice.finish_reason == "length"
    assert choice.message.content is not None
    assert len(choice.message.content) == 40


@pytest.mark.parametrize(
    ("parameters", "param", "code"),
    [
        ({"n": 2}, "n", "unsupported_value"),
        ({"stream": True}, "stream", "unsupported_value"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"tools": []}, "tools", "unsupported_parameter"),
        ({"extra_body": {"mystery": 1}}, "mystery", "unsupported_parameter"),
        ({"temperature": 3}, "temperature", "invalid_value"),
        ({"max_completion_tokens": 0}, "max_completion_tokens", "invalid_value"),
    ],
)
async def test_what_is_not_supported_is_refused_by_name(
    client: AsyncOpenAI, parameters: dict[str, Any], param: str, code: str
) -> None:
    with pytest.raises(BadRequestError) as refusal:
        await complete(client, "x", **parameters)
    assert (refusal.value.param, refusal.value.code) == (param, code)
    assert param in refusal.value.message


def nest(depth: int) -> Any:
    return [nest(depth - 1)] if depth else []


@pytest.mark.parametrize(
    "rule",
    [
        {"$ref": "#"},
        {"type": "string", "pattern": "("},
        {"type": "array", "items": {}, "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
        {"type": "number", "minimum": 1, "multipleOf": 1e-320},
        {"const": nest(400)},
    ],
)
async def test_a_schema_that_cannot_be_met_is_refused(
    client: AsyncOpenAI, rule: dict[str, Any]
) -> None:
    schema = {"type": "object", "properties": {"a": rule}, "required": ["a"]}
    with pytest.raises(BadRequestError, match="Odd") as refusal:
        await complete(client, "x", name="Odd", schema=schema)
    assert refusal.value.code == "invalid_json_schema"


async def test_a_prompt_beyond_the_context_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError) as refusal:
        await complete(client, "x" * 600_000)
    assert refusal.value.code == "context_length_exceeded"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model": 5}', b'{"model": "m"}', b"\xff"])
async def test_a_body_that_is_no_request_is_refused(
    admin: aiohttp.ClientSession, body: bytes
) -> None:
    response = await admin.post(
        "/v1/chat/completions", data=body, headers={"Authorization": f"Bearer {KEY}"}
    )
    assert response.status == 400
    assert (await response.json())["error"]["type"] == "invalid_request_error"


async def test_an_unknown_route_is_answered_in_the_error_shape(
    admin: aiohttp.ClientSession,
) -> None:
    response = await admin.post("/v1/nothing", headers={"api-key": KEY})
    assert response.status == 404
    assert "/v1/nothing" in (await response.json())["error"]["message"]


async def test_the_models_are_listed(client: AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == [
        "stand-in-chat",
        "stand-in-embedding",
    ]


@given(texts=st.lists(st.text(max_size=120), max_size=4))
@settings(max_examples=40)
async def test_any_turns_get_a_fitting_answer(server: RunningServer, texts: list[str]) -> None:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key=KEY, max_retries=0) as client:
        answer = content_of(await complete(client, turns_prompt(*texts)))
    assert find_violation(answer, FACTS_SCHEMA, FACTS_SCHEMA) is None
    for fact in answer["facts"]:
        assert any(fact["quote"] in text for text in texts)
