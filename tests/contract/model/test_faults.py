"""Faults on order, as the openai client meets them."""

import json
import time
from typing import Any

import aiohttp
import pytest
from openai import (
    APIConnectionError,
    APITimeoutError,
    AsyncOpenAI,
    BadRequestError,
    InternalServerError,
    RateLimitError,
)

from tests.contract.model.chat_calls import complete, content_of, turns_prompt

PROMPT = turns_prompt("I like green tea a lot.")


async def order(admin: aiohttp.ClientSession, **rule: Any) -> None:
    response = await admin.post("/_faults", json=rule)
    assert response.status == 201, await response.text()


async def test_a_status_strikes_as_often_as_ordered(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    await order(admin, kind="status", status=429, retry_after=1, count=2)
    for _ in range(2):
        with pytest.raises(RateLimitError) as error:
            await complete(client, PROMPT)
        assert error.value.response.headers["retry-after"] == "1"
    assert content_of(await complete(client, PROMPT))["facts"]
    (fault,) = (await (await admin.get("/_faults")).json())["faults"]
    assert (fault["fired"], fault["spent"]) == (2, True)
    assert (await (await admin.get("/_stats")).json())["faults_fired"] == 2


async def test_a_server_error_is_one(client: AsyncOpenAI, admin: aiohttp.ClientSession) -> None:
    await order(admin, kind="status", status=503)
    with pytest.raises(InternalServerError):
        await complete(client, PROMPT)


async def test_a_timeout_lasts_until_the_client_gives_up(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    await order(admin, kind="timeout")
    with pytest.raises(APITimeoutError):
        await complete(client.with_options(timeout=0.2), PROMPT)


async def test_a_reset_closes_the_connection(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    await order(admin, kind="reset")
    with pytest.raises(APIConnectionError):
        await complete(client, PROMPT)
    assert content_of(await complete(client, PROMPT))["facts"]


async def test_a_delayed_answer_is_a_whole_one(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    await order(admin, kind="delay", seconds=0.3)
    started = time.monotonic()
    assert content_of(await complete(client, PROMPT))["facts"]
    assert time.monotonic() - started >= 0.3


async def test_spoiled_answers_are_not_json(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    for kind, reason in (("invalid_json", "stop"), ("truncated", "length")):
        await order(admin, kind=kind)
        (choice,) = (await complete(client, PROMPT)).choices
        assert choice.finish_reason == reason
        with pytest.raises(json.JSONDecodeError):
            json.loads(choice.message.content or "")


async def test_a_refusal_has_no_content(client: AsyncOpenAI, admin: aiohttp.ClientSession) -> None:
    await order(admin, kind="refusal")
    message = (await complete(client, PROMPT)).choices[0].message
    assert message.content is None
    assert message.refusal


async def test_a_filtered_prompt_is_refused_as_azure_does(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    await order(admin, kind="content_filter")
    with pytest.raises(BadRequestError) as refusal:
        await complete(client, PROMPT)
    assert refusal.value.code == "content_filter"


async def test_a_filtered_answer_is_cut_off(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    await order(admin, kind="content_filter", status=200)
    assert (await complete(client, PROMPT)).choices[0].finish_reason == "content_filter"


async def test_only_the_schema_that_is_named_is_struck(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    await order(admin, kind="status", status=500, schema="SummarizeThread", count=None)
    assert content_of(await complete(client, PROMPT))["facts"]
    with pytest.raises(InternalServerError):
        await complete(client, PROMPT, name="SummarizeThread")
    await admin.delete("/_faults")
    await complete(client, PROMPT, name="SummarizeThread")


async def test_embeddings_are_struck_on_an_order_of_their_own(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    await order(admin, kind="status", status=429, operation="embeddings")
    assert content_of(await complete(client, PROMPT))["facts"]
    with pytest.raises(RateLimitError):
        await client.embeddings.create(model="m", input="x")
    await client.embeddings.create(model="m", input="x")


async def test_an_order_that_makes_no_sense_is_refused_by_name(
    admin: aiohttp.ClientSession,
) -> None:
    response = await admin.post("/_faults", json={"kind": "reset", "count": 0})
    assert response.status == 400
    assert (await response.json())["error"]["param"] == "count"
