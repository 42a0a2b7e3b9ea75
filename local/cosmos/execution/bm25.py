"""FullTextScore: Okapi BM25 over the items that a query is ranking.

The corpus - how many items, how long, how many have a term - is the set that WHERE left, where the
service counts the whole container; the order within one query is what matters and is the same rule.
"""

import math
from collections.abc import Sequence

from local.cosmos.sql.words import words_of
from local.cosmos.values import Value

K1, B = 1.2, 0.75


def full_text_scores(texts: Sequence[Value], terms: Sequence[str]) -> list[float | None]:
    """The score of each text for the terms together; None where there is no text."""
    documents = [words_of(text) if isinstance(text, str) else None for text in texts]
    lengths = [len(words) for words in documents if words is not None]
    average = sum(lengths) / len(lengths) if lengths else 0.0
    scores: list[float | None] = [None if words is None else 0.0 for words in documents]
    for term in terms:
        phrase = words_of(term)
        counts = [0 if words is None else _occurrences(words, phrase) for words in documents]
        hits = sum(count > 0 for count in counts)
        rarity = math.log(1 + (len(lengths) - hits + 0.5) / (hits + 0.5))
        for at, (count, words) in enumerate(zip(counts, documents, strict=True)):
            if count and words is not None:
                damping = K1 * (1 - B + B * len(words) / average)
                gain = rarity * count * (K1 + 1) / (count + damping)
                scores[at] = (scores[at] or 0.0) + gain
    return scores


def _occurrences(words: tuple[str, ...], phrase: tuple[str, ...]) -> int:
    if len(phrase) == 1:
        return words.count(phrase[0])
    size = len(phrase)
    if not size:
        return 0
    return sum(words[at : at + size] == phrase for at in range(len(words) - size + 1))
