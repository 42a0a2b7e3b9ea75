"""The Embedder on an OpenAI-compatible embeddings endpoint."""

import asyncio
from collections.abc import Sequence
from typing import Any

from openai import AsyncOpenAI
from openai.types import CreateEmbeddingResponse

from shared.adapters.openai_dialect import Dialect, Forms
from shared.adapters.openai_errors import translate_errors
from shared.domain.errors import InvalidAnswerError, VectorLengthError

_PURPOSE = "an embedding"
_BATCH = 16
_MAX_BYTES = 8_000
# The SDK asks for base64, which is smaller, unless told otherwise.
_FORMS = {"dimensions": ("dimensions",), "encoding_format": ("base64", "float")}


class OpenAIEmbedder:
    """Implements shared.ports.Embedder; see there for the promises.

    Texts are cut at 8,000 bytes: no tokenizer makes more tokens than bytes, and models take 8,191.
    """

    def __init__(self, client: AsyncOpenAI, model: str, dimensions: int) -> None:
        self._client = client
        self._model = model
        self._dimensions = dimensions
        self._dialect = Dialect(_FORMS)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """See Embedder.embed."""
        parts = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        vectors = await asyncio.gather(*map(self._embed_batch, parts))
        return [vector for batch in vectors for vector in batch]

    async def _embed_batch(self, texts: Sequence[str]) -> list[list[float]]:
        cut = [_cut(text) for text in texts]

        with translate_errors(_PURPOSE):
            reply = await self._dialect.ask(
                lambda forms: self._request(cut, forms), lambda forms: self._request(["a"], forms)
            )
        ordered = sorted(reply.data, key=lambda item: item.index)
        if [item.index for item in ordered] != list(range(len(texts))):
            raise InvalidAnswerError(_PURPOSE, f"it is not one vector for each of {len(texts)}")
        for item in ordered:
            if len(item.embedding) != self._dimensions:
                raise VectorLengthError(len(item.embedding), self._dimensions)
        return [item.embedding for item in ordered]

    async def _request(self, texts: Sequence[str], forms: Forms) -> CreateEmbeddingResponse:
        request: Any = self._client.embeddings.create
        optional: dict[str, Any] = {}
        if "dimensions" in forms:
            optional["dimensions"] = self._dimensions
        if forms.get("encoding_format") == "float":
            optional["encoding_format"] = "float"
        return await request(model=self._model, input=texts, **optional)


def _cut(text: str) -> str:
    return text.encode()[:_MAX_BYTES].decode(errors="ignore")
