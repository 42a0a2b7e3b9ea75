"""Vectors for texts: words and pieces of words, hashed, so that near texts lie near."""

import re
from functools import lru_cache
from typing import Final

import mmh3
import numpy as np
from numpy.typing import NDArray

from local.model.words import word_set

type Vector = NDArray[np.float64]

STOP_WORD_WEIGHT: Final = 0.06
TRIGRAM_SHARE: Final = 0.35
LONGEST_WORD: Final = 64
STOP_WORDS: Final = word_set(
    """
    a about after again all also am an and any are as at be because been before being but by can
    could did do does doing for from had has have having he her here hers him his how i if in into
    is it its just me more most my no nor not now of off on once only or other our out over own
    she should so some such than that the their them then there these they this those through to
    too under until up very was we were what when where which while who whom why will with would
    you your user agent assistant wants really get got
    """
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SUFFIXES: Final = (
    ("sses", "ss"),
    ("ies", "y"),
    ("ied", "y"),
    ("ing", ""),
    ("edly", ""),
    ("ed", ""),
    ("es", ""),
    ("s", ""),
    ("ly", ""),
    ("e", ""),
)
_DOUBLED = re.compile(r"([bdgmnprt])\1$")


def embed_text(text: str, dimensions: int) -> Vector:
    """The unit vector of a text.

    Texts that share words have a cosine above 0.5, texts without a common word one near zero.
    """
    words = [word.lower()[:LONGEST_WORD] for word in _WORD.findall(text.replace("’", "'"))] or [
        text[:LONGEST_WORD]
    ]
    vector = np.zeros(dimensions)
    for word in words:
        indices, weights = _word_features(word, dimensions)
        np.add.at(vector, indices, weights)
    length = float(np.linalg.norm(vector))
    if length == 0.0:  # opposite features met in one place: fall back to the text as one feature
        vector[mmh3.hash(text, signed=False) % dimensions] = length = 1.0
    return vector / length


def stem_word(word: str) -> str:
    """A word without its commonest English ending: likes, liked and liking become lik."""
    for suffix, replacement in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            return _DOUBLED.sub(r"\1", word[: -len(suffix)] + replacement)
    return word


@lru_cache(maxsize=20_000)
def _word_features(word: str, dimensions: int) -> tuple[NDArray[np.int64], Vector]:
    stem = stem_word(word.removesuffix("'s"))
    padded = f"<{stem}>"
    trigrams = [padded[start : start + 3] for start in range(max(1, len(padded) - 2))]
    weight = STOP_WORD_WEIGHT if word in STOP_WORDS else 1.0
    piece_weight = weight * TRIGRAM_SHARE / len(trigrams) ** 0.5
    features = [(f"w:{stem}", weight), *((f"t:{piece}", piece_weight) for piece in trigrams)]
    hashes = [mmh3.hash64(name.encode(), signed=False)[0] for name, _ in features]
    indices = np.array([value % dimensions for value in hashes], dtype=np.int64)
    signs = np.array([1.0 if value >> 63 else -1.0 for value in hashes])
    return indices, signs * np.array([feature_weight for _, feature_weight in features])
