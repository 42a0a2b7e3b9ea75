"""Embeddings as the openai client sees them."""

import math
from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI, BadRequestError

from tests.contract.model.server_process import KEY


async def test_vectors_come_in_the_order_of_their_texts(client: AsyncOpenAI) -> None:
    texts = ["green tea", "a blue bicycle", "green tea"]
    response = await client.embeddings.create(model="any", input=texts, dimensions=64)
    first, second, third = (entry.embedding for entry in response.data)
    assert [entry.index for entry in response.data] == [0, 1, 2]
    assert first == third != second
    assert len(first) == 64
    assert math.hypot(*first) == pytest.approx(1.0, abs=1e-4)
    assert response.usage.prompt_tokens == 3 + 4 + 3


async def test_base64_and_floats_tell_the_same_vector(
    client: AsyncOpenAI, admin: aiohttp.ClientSession
) -> None:
    as_base64 = (await client.embeddings.create(model="m", input="green tea")).data[0].embedding
    response = await admin.post(
        "/v1/embeddings",
        json={"model": "m", "input": "green tea"},
        headers={"Authorization": f"Bearer {KEY}"},
    )
    as_floats = (await response.json())["data"][0]["embedding"]
    assert len(as_floats) == 1536
    assert as_base64 == pytest.approx(as_floats, abs=1e-7)
    assert all(round(value, 6) == value for value in as_floats)


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["a", ""]}, "input"),
        ({"input": [1, 2, 3]}, "input"),
        ({"input": ["a"] * 2049}, "input"),
        ({"input": "x" * 40_000}, "input"),
        ({"input": "a", "dimensions": 0}, "dimensions"),
        ({"input": "a", "dimensions": 4000}, "dimensions"),
        ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"input": "a", "extra_body": {"mystery": 1}}, "mystery"),
    ],
)
async def test_what_cannot_be_embedded_is_refused_by_name(
    client: AsyncOpenAI, parameters: dict[str, Any], param: str
) -> None:
    with pytest.raises(BadRequestError) as refusal:
        await client.embeddings.create(model="m", **parameters)
    assert refusal.value.param == param
