"""Facts that lean on somebody else's words, and echoes of what is remembered already."""

import re
from collections.abc import Sequence

from shared.domain.admission.instructions import directs_reader
from shared.domain.admission.wording import is_negated, topic_words
from shared.domain.text import comparison_form, content_hash
from shared.domain.turns import Turn

_MOSTLY = 2 / 3
_ECHOES_FROM = 0.85
_FEWEST_WORDS = 2
_OWN_MATTER = 3
_TEXT_ASSENTS = """
    yes yeah yep yup sure right correct exactly indeed true agreed ok okay please fine
    absolutely definitely certainly same both neither no nope sí si claro oui ja genau richtig
    sim да так верно evet はい そう 对 是 是的 好 好的 네 예 نعم हाँ
"""
_QUESTION = re.compile(
    r"(?:what|which|how|when|where|who|whose|why|qu[eé]|cu[aá]l|c[oó]mo|quel|quelle|combien"
    r"|was|welche"
    r"|wie|wann|wo|wer|quale|come|quanto|qual|как|какой|какая|какие|сколько|где|кто)\b[^.!]*\?"
    r"|[^。！？]*(?:什么|多少|哪|吗|か)[？?]"
)
_ASSENTS = frozenset(_TEXT_ASSENTS.split())


def is_borrowed(content: str, quote: str, grounding: Turn, turns: Sequence[Turn]) -> bool:
    """Whether a fact with a user's quote really says what a tool, or an agent unasked, has said.

    A user may confirm what an agent put to him ("Yes, that one"): then the words of the fact are
    the agent's, of a turn before. They are not his where they only stand in a tool's output, in an
    agent's later turn, or in an earlier one while he asked something or talked of other things.
    """
    words = topic_words(content)
    place = next(index for index, turn in enumerate(turns) if turn.id == grounding.id)
    foreign = words - topic_words(" ".join(t.content for t in turns if t.role == "user"))
    before = [turn for turn in turns[:place] if turn.role == "agent"]
    after = [turn for turn in turns[place:] if turn.role == "agent"]
    others = [turn for turn in turns if turn.role != "user"]
    if foreign and directs_reader(content) and _share(foreign, others) == 1.0:
        return True  # rights and rules that somebody else gives him
    if foreign and _asks(quote) and _share(foreign, after) == 1.0:
        return True  # the answer to his question is not his
    if len(words) < _FEWEST_WORDS or len(foreign) < _MOSTLY * len(words):
        return False
    if _share(foreign, [turn for turn in turns if turn.role == "tool"]) >= _MOSTLY:
        return _share(foreign, before) < _MOSTLY or not _may_confirm(grounding.content)
    if topic_words(grounding.content) & words:
        return False
    if _share(foreign, before) >= _MOSTLY:
        return not _may_confirm(grounding.content)
    return _share(foreign, after) >= _MOSTLY


def _share(words: frozenset[str], turns: Sequence[Turn]) -> float:
    said = topic_words(" ".join(turn.content for turn in turns))
    return len(words & said) / len(words) if turns else 0.0


def _asks(quote: str) -> bool:
    return bool(_QUESTION.fullmatch(comparison_form(quote)))


def _may_confirm(answer: str) -> bool:
    """Whether a user's turn can be a yes to what was said before it."""
    spoken = answer.lower().replace(",", " ").replace(".", " ").replace("!", " ").split()
    if _ASSENTS.intersection(spoken[:4]):
        return True
    if answer.rstrip().endswith(("?", "？", "؟")):
        return False
    return len(topic_words(answer)) < _OWN_MATTER


def is_echo(content: str, known: str) -> bool:
    """Whether a text only says again, in nearly the same words, what is known."""
    if content_hash(content) == content_hash(known):
        return True
    words, others = topic_words(content), topic_words(known)
    if min(len(words), len(others)) < _FEWEST_WORDS or is_negated(content) != is_negated(known):
        return False
    return len(words & others) >= _ECHOES_FROM * len(words | others)
