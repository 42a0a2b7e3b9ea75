"""An embedder whose vectors are near for texts that share words."""

import hashlib
from collections.abc import Sequence

from shared.domain.errors import ModelRefusedError, ModelUnavailableError

DIMENSIONS = 16


class WordEmbedder:
    """Implements shared.ports.Embedder: one dimension a word's hash; `texts` is what was asked.

    It refuses texts that hold the word `poison`, and serves nothing while `down`.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.down = False

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self.down:
            raise ModelUnavailableError("an embedding", 503)
        if any("poison" in text for text in texts):
            raise ModelRefusedError("an embedding", "content_filter")
        self.texts += texts
        return [embed_words(text) for text in texts]


def embed_words(text: str) -> list[float]:
    vector = [0.001] * DIMENSIONS
    for word in text.lower().split():
        vector[hashlib.sha256(word.strip(".,!?").encode()).digest()[0] % DIMENSIONS] += 1.0
    return vector
