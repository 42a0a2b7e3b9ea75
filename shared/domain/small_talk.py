"""Which turns cannot hold a memory, so that no model is asked about them."""

import re

from shared.domain.small_talk_words import PHRASES, WORDS
from shared.domain.turns import Turn
from shared.domain.unseen import hide_unseen

_MAX_WORDS = 8
_WORD = re.compile(
    r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0963\u0e31-\u0e4e])+"
)
_PHRASES = re.compile("(?:" + "|".join(PHRASES) + ")+")


def is_trivial(turn: Turn) -> bool:
    """Whether a turn is empty, holds signs only, or nothing but a few words of small talk."""
    return is_small_talk(turn.content)


def is_small_talk(text: str) -> bool:
    """Whether a text has no words, or at most eight that only greet, thank, marvel or leave."""
    plain = hide_unseen(text).lower().replace("'", "").replace("\u2019", "")
    words = _WORD.findall(plain)
    return len(words) <= _MAX_WORDS and all(
        word in WORDS or _PHRASES.fullmatch(word) for word in words
    )
