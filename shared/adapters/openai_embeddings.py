"""The Embedder on an OpenAI-compatible embeddings endpoint."""

import asyncio
from collections.abc import Sequence

from openai import AsyncOpenAI

from shared.adapters.openai_errors import translate_errors

_BATCH = 16
_MAX_CHARACTERS = 8_000


class OpenAIEmbedder:
    """Implements shared.ports.Embedder; see there for the promises.

    Texts are cut at 8,000 characters, which no model's 8,000 tokens fall short of.
    """

    def __init__(self, client: AsyncOpenAI, model: str, dimensions: int) -> None:
        self._client = client
        self._model = model
        self._dimensions = dimensions

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """See Embedder.embed."""
        parts = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        vectors = await asyncio.gather(*map(self._embed_batch, parts))
        return [vector for batch in vectors for vector in batch]

    async def _embed_batch(self, texts: Sequence[str]) -> list[list[float]]:
        with translate_errors("an embedding"):
            reply = await self._client.embeddings.create(
                model=self._model,
                input=[text[:_MAX_CHARACTERS] for text in texts],
                dimensions=self._dimensions,
            )
        ordered = sorted(reply.data, key=lambda item: item.index)
        return [item.embedding for item in ordered]
