"""Embeddings of servers that differ, and texts of any length."""

import base64
import struct

import pytest

from shared.adapters.openai_embeddings import OpenAIEmbedder
from shared.domain.errors import InvalidAnswerError, ModelRefusedError, VectorLengthError
from tests.fakes.model_endpoint import Body, ModelEndpoint, Reply, refusal, vectors

ONE = [1.0, 0.0, 0.0]
TWO = [0.0, 1.0, 0.0]


def encoded(vector: list[float]) -> str:
    return base64.b64encode(struct.pack("<3f", *vector)).decode()


def one_each(request: Body) -> Reply:
    return vectors(*([float(text), 0.0, 0.0] for text in request["input"]))


async def test_vectors_come_in_the_order_of_the_texts(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(vectors(ONE, TWO, order=[1, 0]))
    assert await embedder.embed(["one", "two"]) == [ONE, TWO]
    assert endpoint.requests[0]["dimensions"] == 3


async def test_floats_and_base64_are_both_read(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(vectors(encoded(ONE)), vectors(TWO))
    assert await embedder.embed(["one"]) == [ONE]
    assert await embedder.embed(["two"]) == [TWO]


async def test_more_texts_than_a_request_takes_are_sent_in_several(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint
) -> None:
    endpoint.answer_by(one_each)
    texts = [str(number) for number in range(40)]
    assert [vector[0] for vector in await embedder.embed(texts)] == list(range(40))
    assert sorted(len(request["input"]) for request in endpoint.requests) == [8, 16, 16]


@pytest.mark.parametrize("text", ["a" * 50_000, "日本" * 20_000, "é" * 8_000, "🙂" * 9_000])
async def test_a_long_text_is_cut_at_what_every_model_takes_in_whole_characters(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint, text: str
) -> None:
    endpoint.answer(vectors(ONE))
    await embedder.embed([text])
    [sent] = endpoint.requests[0]["input"]
    assert text.startswith(sent)
    assert 7_990 < len(sent.encode()) <= 8_000


async def test_a_server_that_cannot_choose_the_length_is_asked_without_it_from_then_on(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(refusal(param="dimensions", code="unsupported_parameter"))
    endpoint.answer(vectors(ONE), vectors(ONE))
    await embedder.embed(["one"])
    await embedder.embed(["one"])
    assert ["dimensions" in request for request in endpoint.requests] == [True, False, False]


async def test_a_server_that_refuses_base64_is_asked_for_floats(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(refusal(param="encoding_format"), vectors(ONE))
    assert await embedder.embed(["one"]) == [ONE]
    assert [request["encoding_format"] for request in endpoint.requests] == ["base64", "float"]


async def test_vectors_of_another_length_are_refused_naming_the_setting(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(vectors([1.0, 0.0]))
    with pytest.raises(VectorLengthError, match="AI_FOUNDRY_EMBEDDING_DIMENSIONS"):
        await embedder.embed(["one"])


@pytest.mark.parametrize("reply", [vectors(ONE), vectors(ONE, TWO, order=[0, 0])])
async def test_an_answer_that_is_not_one_vector_a_text_is_asked_for_again(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint, reply: Reply
) -> None:
    endpoint.answer(reply)
    with pytest.raises(InvalidAnswerError):
        await embedder.embed(["one", "two"])


async def test_a_text_that_is_refused_is_named_as_refused(
    embedder: OpenAIEmbedder, endpoint: ModelEndpoint
) -> None:
    endpoint.answer(refusal(code="content_filter"))
    with pytest.raises(ModelRefusedError):
        await embedder.embed(["poison"])
