"""The counters tell what was asked for."""

import asyncio

import aiohttp
from openai import AsyncOpenAI, BadRequestError

from tests.contract.model.chat_calls import complete, turns_prompt


async def test_calls_and_characters_are_counted_by_schema(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    prompts = [turns_prompt("I like green tea a lot."), turns_prompt("Hi.", "I live in Rome.")]
    answers = [await complete(client, prompt) for prompt in prompts]
    await complete(client, "x", name="SummarizeThread")
    await client.embeddings.create(model="m", input=["a", "b", "c"])
    stats = await (await admin.get("/_stats")).json()
    system = len("Extract memories.")
    expected = sum(len(prompt) + system for prompt in prompts)
    assert stats["chat_calls"] == 3
    assert stats["prompt_chars"] == expected + system + 1
    assert (stats["embedding_calls"], stats["embedded_texts"]) == (1, 3)
    assert set(stats["by_schema"]) == {"ExtractMemories", "SummarizeThread"}
    assert stats["by_schema"]["ExtractMemories"] == {
        "calls": 2,
        "prompt_chars": expected,
        "completion_chars": sum(len(answer.choices[0].message.content or "") for answer in answers),
    }


async def test_a_refused_call_is_not_counted(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    try:
        await complete(client, "x", n=2)
    except BadRequestError:
        stats = await (await admin.get("/_stats")).json()
        assert stats["chat_calls"] == 0
    else:
        raise AssertionError("n=2 was taken")


async def test_a_reset_starts_from_zero(client: AsyncOpenAI, admin: aiohttp.ClientSession) -> None:
    await asyncio.gather(*(complete(client, "x") for _ in range(20)))
    before = await (await admin.get("/_stats")).json()
    assert before["chat_calls"] == 20
    after = await (await admin.post("/_stats/reset")).json()
    assert after["chat_calls"] == after["prompt_chars"] == 0
    assert after["by_schema"] == {}
