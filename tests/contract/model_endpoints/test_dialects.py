"""Servers that speak OpenAI's protocol in part: what they refuse is left out, and remembered."""

import asyncio
import json
from typing import Any

import pytest

from shared.adapters.openai_chat import OpenAIChatModel
from shared.adapters.openai_client import build_openai_client
from shared.domain.errors import ModelRefusedError, ModelUnavailableError
from shared.prompts.extract_memories import EXTRACT_MEMORIES
from tests.fakes.model_endpoint import Body, ModelEndpoint, Reply, completion, refusal

NOTHING = completion('{"facts": []}')
ALL = {"response_format", "max_completion_tokens", "temperature", "seed"}


async def ask(model: OpenAIChatModel) -> None:
    answer = await model.complete(EXTRACT_MEMORIES, {"turns": []})
    assert answer.data == {"facts": []}


def optional(request: Body) -> set[str]:
    return set(request) - {"model", "messages"}


def format_of(request: Body) -> str | None:
    return request.get("response_format", {}).get("type")


async def test_a_server_that_takes_everything_is_asked_once(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(NOTHING)
    await ask(model)
    [request] = endpoint.requests
    assert optional(request) == ALL
    assert request["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize("name", ["temperature", "seed"])
@pytest.mark.parametrize("code", ["unsupported_parameter", "unsupported_value"])
async def test_a_parameter_that_is_refused_by_name_is_left_out_from_then_on(
    model: OpenAIChatModel, endpoint: ModelEndpoint, name: str, code: str
) -> None:
    endpoint.answer(refusal(param=name, code=code), NOTHING, NOTHING)
    await ask(model)
    await ask(model)
    assert [optional(request) for request in endpoint.requests] == [ALL, ALL - {name}, ALL - {name}]


async def test_the_limit_on_an_answer_is_sent_under_its_older_name_or_not_at_all(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(refusal(param="max_completion_tokens", code="unsupported_parameter"), NOTHING)
    await ask(model)
    endpoint.answer(refusal(param="max_tokens", code="unsupported_parameter"), NOTHING, NOTHING)
    await ask(model)
    await ask(model)
    rest = ALL - {"max_completion_tokens"}
    assert [optional(request) for request in endpoint.requests] == [
        ALL,
        rest | {"max_tokens"},
        rest | {"max_tokens"},
        rest,
        rest,
    ]


@pytest.mark.parametrize(
    "reply",
    [
        refusal(param="response_format"),
        refusal(param="response_format.json_schema", code="unsupported_value"),
        Reply(422, {"detail": [{"loc": ["body", "response_format", "json_schema"], "msg": "no"}]}),
    ],
)
async def test_a_server_without_strict_schemas_gets_the_schema_in_the_prompt(
    model: OpenAIChatModel, endpoint: ModelEndpoint, reply: Reply
) -> None:
    endpoint.answer(reply, NOTHING, NOTHING)
    await ask(model)
    await ask(model)
    formats = [format_of(request) for request in endpoint.requests]
    assert formats == ["json_schema", "json_object", "json_object"]
    first, second, _ = (request["messages"][0]["content"] for request in endpoint.requests)
    assert first == EXTRACT_MEMORIES.instructions
    assert json.dumps(EXTRACT_MEMORIES.schema) in second


async def test_a_server_without_json_mode_is_asked_in_words_only(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    named = refusal(param="response_format")
    endpoint.answer(named, named, NOTHING)
    await ask(model)
    assert [format_of(request) for request in endpoint.requests][-1] is None


async def test_a_server_that_refuses_without_a_name_is_asked_plainly_and_that_is_remembered(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    unnamed = refusal(code="invalid_request_error")
    endpoint.answer_by(lambda request: unnamed if optional(request) else NOTHING)
    await ask(model)
    asked = len(endpoint.requests)
    await ask(model)
    assert [optional(request) for request in endpoint.requests[asked - 1 :]] == [set(), set()]


@pytest.mark.parametrize("answered_before", [False, True])
async def test_a_refusal_without_a_name_is_one_of_the_content_where_nothing_else_is_refused(
    model: OpenAIChatModel, endpoint: ModelEndpoint, answered_before: bool
) -> None:
    if answered_before:
        endpoint.answer(NOTHING)
        await ask(model)
    endpoint.answer(refusal(code="bad_content"), NOTHING, NOTHING)
    with pytest.raises(ModelRefusedError) as error:
        await ask(model)
    assert error.value.reason == "bad_content"
    content, harmless = endpoint.requests[-2:]
    assert [json.loads(each["messages"][1]["content"]) for each in (content, harmless)] == [
        {"turns": []}, EXTRACT_MEMORIES.sample,
    ]  # fmt: skip
    await ask(model)
    assert optional(endpoint.requests[-1]) == ALL


@pytest.mark.parametrize("answered_before", [False, True])
async def test_an_endpoint_that_refuses_whatever_it_is_asked_may_answer_later(
    model: OpenAIChatModel, endpoint: ModelEndpoint, answered_before: bool
) -> None:
    if answered_before:
        endpoint.answer(NOTHING)
        await ask(model)
    endpoint.answer_by(lambda _: refusal(code="OperationNotSupported"))
    with pytest.raises(ModelUnavailableError) as error:
        await ask(model)
    assert error.value.status == 400
    endpoint.answer_by(lambda _: NOTHING)
    await ask(model)
    assert optional(endpoint.requests[-1]) == ALL


async def test_calls_at_the_same_time_learn_once_and_all_succeed(
    model: OpenAIChatModel, endpoint: ModelEndpoint
) -> None:
    def refuse_schemas(request: Body) -> Reply:
        refused = format_of(request) == "json_schema" or "seed" in request
        name = "response_format" if format_of(request) == "json_schema" else "seed"
        return refusal(param=name) if refused else NOTHING

    endpoint.answer_by(refuse_schemas)
    await asyncio.gather(*(ask(model) for _ in range(4)))
    assert format_of(endpoint.requests[-1]) == "json_object"
    assert "temperature" in endpoint.requests[-1]


@pytest.mark.parametrize(
    ("path", "key", "asked"),
    [
        ("/v1", "k", "/v1/chat/completions"),
        ("/openai/v1/", "k", "/openai/v1/chat/completions"),
        ("", "k", "/openai/deployments/chat/chat/completions?api-version=2024-12-01-preview"),
        (
            "/api/projects/memories",
            "k",
            "/openai/deployments/chat/chat/completions?api-version=2024-12-01-preview",
        ),
    ],
)
async def test_openai_azure_and_foundry_endpoints_are_asked_at_their_own_paths(
    endpoint: ModelEndpoint, path: str, key: str, asked: str
) -> None:
    endpoint.answer(NOTHING)
    version = "2024-12-01-preview"
    async with build_openai_client(endpoint.url + path, key, version, 10) as client:
        await ask(OpenAIChatModel(client, "chat"))
    assert endpoint.paths == [asked]
    [headers] = endpoint.headers
    assert "k" in (headers.get("api-key"), headers.get("authorization", "").split(" ")[-1])


async def test_a_server_of_this_machine_without_a_key_is_asked_without_an_identity_too(
    endpoint: ModelEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ollama on a laptop: of the ways to an identity only the one that fails at once is left.
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    endpoint.answer(NOTHING, NOTHING)
    async with build_openai_client(f"{endpoint.url}/v1", None, "", 10) as client:
        model = OpenAIChatModel(client, "chat")
        await ask(model)
        await ask(model)
    assert [headers["authorization"] for headers in endpoint.headers] == ["Bearer none"] * 2


@pytest.mark.parametrize(
    ("url", "gets_a_token"),
    [
        ("https://x.openai.azure.com/openai/v1", True),
        ("https://x.services.ai.azure.com/openai/v1", True),
        ("http://127.0.0.1:11434/v1", True),
        ("https://api.openai.com/v1", False),
        ("https://vllm.example.com/v1", False),
        ("https://azure.com.example.com/v1", False),
    ],
)
async def test_an_identitys_token_goes_to_azure_and_this_machine_only(
    url: str, gets_a_token: bool
) -> None:
    async with build_openai_client(url, None, "", 10) as client:
        provider: Any = client._api_key_provider
        assert (provider is not None) == gets_a_token
