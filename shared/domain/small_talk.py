"""Which turns cannot hold a memory, so that no model is asked about them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from shared.domain.small_talk_words import PHRASES, WORDS
from shared.domain.turns import Turn
from shared.domain.unseen import hide_unseen

_MAX_WORDS = 8
_TELLING = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "So"})
_WORD = re.compile(
    r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0963\u0e31-\u0e4e])+"
)
# The mark at the end of a word (in an address it stands before one), or a particle that asks.
_ASKS = re.compile(r"\?(?!\w)|[？؟՞\u037e]|[吗嗎]|か[。\s]|か$|까[.\s]|까$|ไหม|มั้ย")
_PHRASES = re.compile("(?:" + "|".join(PHRASES) + ")+")


def leave_out_trivial(turns: Sequence[Turn]) -> list[Turn]:
    """The turns without those that are empty, hold signs only, or nothing but small talk.

    A user's small talk is kept where it may be the answer to an agent's question: "Evening" and
    "Okay" mean something then. A chunk with such a question is shown to the model anyway.
    """
    replies = find_replies(turns)
    return [
        turn
        for turn in turns
        if not is_small_talk(turn.content) or (turn.id in replies and _says_something(turn.content))
    ]


def find_replies(turns: Sequence[Turn]) -> frozenset[str]:
    """The ids of the user's turns that come while a question of an agent stands, in order.

    A question stands until the user has said more than small talk, or the agent goes on without
    another one after the user's reply.
    """
    return frozenset(_iterate_replies(turns))


def _iterate_replies(turns: Sequence[Turn]) -> Iterator[str]:
    stands = replied = False
    for turn in turns:
        if turn.role == "agent" and _ASKS.search(turn.content):
            stands, replied = True, False
        elif turn.role == "agent" and replied:
            stands = False
        elif turn.role == "user" and stands:
            yield turn.id
            replied = True
            stands = is_small_talk(turn.content)


def _says_something(text: str) -> bool:
    """Whether there is a word or a picture, such as a thumb up."""
    return any(unicodedata.category(character) in _TELLING for character in text)


def is_small_talk(text: str) -> bool:
    """Whether a text has no words, or at most eight that only greet, thank, marvel or leave."""
    plain = hide_unseen(text).lower().replace("'", "").replace("\u2019", "")
    words = _WORD.findall(plain)
    return len(words) <= _MAX_WORDS and all(
        word in WORDS or _PHRASES.fullmatch(word) for word in words
    )
