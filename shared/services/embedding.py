"""Vectors of texts some of which a model may refuse: a refusal must not cost the others theirs."""

from collections.abc import Sequence

from shared.domain.errors import ModelRefusedError
from shared.ports import Embedder


async def embed_each(embedder: Embedder, texts: Sequence[str]) -> list[list[float] | None]:
    """A vector for each text, in order; None for those that the model refuses by themselves.

    A memory without a vector is found by its words; none is lost.
    """
    if not texts:
        return []
    try:
        return list(await embedder.embed(texts))
    except ModelRefusedError:
        if len(texts) == 1:
            return [None]
    middle = len(texts) // 2
    first = await embed_each(embedder, texts[:middle])
    return [*first, *await embed_each(embedder, texts[middle:])]


async def embed_one(embedder: Embedder, text: str) -> list[float] | None:
    """The vector of a text; None where the model refuses it."""
    [vector] = await embed_each(embedder, [text])
    return vector
