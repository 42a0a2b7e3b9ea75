"""Which turns cannot hold a memory, so that no model is asked about them."""

import re

from shared.domain.turns import Turn

_MAX_WORDS = 8
_WORDS = re.compile(r"[^\W_]+")
# Words with which one greets, thanks, marvels or leaves. "yes", "no" and "sure" are not among them:
# they may answer a question that matters.
_SMALL_TALK_PATTERN = re.compile(
    r"""
    hi|hello|hey|howdy|yo|hiya|greetings|morning|evening|afternoon|good|thanks|thank|you
    | thx|ty|cheers|ok|okay|great|cool|nice|perfect|awesome|bye|goodbye|later|see|ya|got
    | it|np|welcome|youre|ur|so|much|there|lol|haha|hmm|wow|oh|ah|um
    """,
    re.VERBOSE,
)


def is_trivial(turn: Turn) -> bool:
    """Whether a turn is empty, holds signs only, or nothing but a few words of small talk."""
    words = _WORDS.findall(turn.content.lower().replace("'", "").replace("\u2019", ""))
    return len(words) <= _MAX_WORDS and all(_SMALL_TALK_PATTERN.fullmatch(word) for word in words)
