"""Text as the full-text functions see it: words in lower case, in order.

A word is a run of letters and digits. Words are not stemmed and none is left out, where the
service's analyzers do both.
"""

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(_WORD.findall(text.lower()))


def has_phrase(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Whether the words of a phrase stand next to each other, in their order."""
    if not phrase:
        return False
    if len(phrase) == 1:
        return phrase[0] in words
    size = len(phrase)
    return any(words[at : at + size] == phrase for at in range(len(words) - size + 1))
