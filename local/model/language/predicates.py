"""The verb of a first-person clause, turned to the third person; small talk is turned away."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from local.model.language.coordination import agree_coordinates
from local.model.language.small_talk import is_passing_state, is_small_talk
from local.model.language.verb_forms import (
    BASE_VERBS,
    FILLERS,
    UNCHANGING_VERBS,
    is_adverb,
    is_participle,
    is_past,
    third_person,
)


@dataclass(frozen=True)
class Predicate:
    """A verb in the third person singular with its adverbs, and all that follows it.

    matter: what follows the last verb of the group, as in "has been learning [Portuguese]".
    """

    verb: str
    rest: str
    matter: str

    @property
    def text(self) -> str:
        """Verb and rest as one."""
        return f"{self.verb} {self.rest}".strip()


type _Parts = tuple[str, str, str]
"""Adverbs before the verb, the verb as spoken, what follows."""

_SUBJECT = re.compile(r"^(?:I|we)(?:'(?P<short>m|re|ve|ll|d))?\s+(?P<tail>\S.*)$", re.IGNORECASE)
_SHORT: Final = {"m": "am", "re": "am", "ve": "have", "ll": "will", "d": "would"}
_WORD = re.compile(r"([\w'-]+)\s*(.*)$")
_NOT = re.compile(r"^not\s+", re.IGNORECASE)
_HABIT = re.compile(
    r"\b(?:every|always|often|usually|each|daily|weekly|most|before|on\s+\w+days)\b", re.IGNORECASE
)
_WOULD: Final = frozenset({"love", "like", "prefer", "rather", "never", "always", "hate", "enjoy"})


def parse_predicate(clause: str) -> Predicate | None:
    """The predicate of a clause that begins with I or we; None for what says nothing lasting.

    A verb that is not known is turned away, too: nothing is better than a broken sentence.
    """
    subject = _SUBJECT.match(clause)
    if subject is None:
        return None
    tail = subject.group("tail")
    if short := subject.group("short"):
        tail = f"{_short_verb(short.lower(), tail)} {tail}"
    adverbs, word, rest = _split_verb(tail)
    handler = _HANDLERS.get(word)
    if handler is not None:
        return handler((adverbs, word, rest))
    if word in UNCHANGING_VERBS:
        return _unchanging((adverbs, word, rest))
    if word in BASE_VERBS:
        return _present((adverbs, word, rest))
    return _past((adverbs, word, rest)) if is_past(word) else None


def _short_verb(short: str, tail: str) -> str:
    if short == "d":
        _, word, _ = _split_verb(tail)
        return "had" if is_participle(word) or word == "better" else "would"
    return _SHORT[short]


def _split_verb(tail: str) -> _Parts:
    adverbs = ""
    while match := _WORD.match(tail):
        word, rest = match.group(1), match.group(2)
        if not (is_adverb(word.lower()) and rest):
            return adverbs, word.lower(), rest
        if word.lower() not in FILLERS:
            adverbs += word.lower() + " "
        tail = rest
    return adverbs, "", tail


def _present(parts: _Parts) -> Predicate | None:
    adverbs, word, rest = parts
    if is_small_talk(word, rest):
        return None
    agreed = agree_coordinates(rest)
    return None if agreed is None else Predicate(f"{adverbs}{third_person(word)}", agreed, agreed)


def _unchanging(parts: _Parts) -> Predicate | None:
    """Put, read and the like: only a habit or a date tells whether they are past."""
    adverbs, _, rest = parts
    if _HABIT.search(f"{adverbs} {rest}"):
        return _present(parts)
    if re.search(r"\b(?:\d{4}|when|recently|once|last)\b", f"{adverbs} {rest}"):
        return _past(parts)
    return None


def _past(parts: _Parts) -> Predicate | None:
    adverbs, word, rest = parts
    if is_small_talk(word, rest) or agree_coordinates(rest) != rest:  # "hurt my knee and need ..."
        return None
    return Predicate(f"{adverbs}{word}", rest, rest)


def _be(parts: _Parts) -> Predicate | None:
    adverbs, word, rest = parts
    negative = word in ("wasn't", "weren't") or _NOT.match(rest) is not None
    rest = _NOT.sub("", rest)
    verb = "was" if word.startswith(("was", "were")) else "is"
    inner, complement, following = _split_verb(rest)
    if is_passing_state(complement, following, past=verb == "was"):
        return None
    if complement == "gonna":
        complement, following = "going", f"to {following}"
    agreed = agree_coordinates(following) if verb == "is" else following
    if agreed is None:
        return None
    shown = _restore_case(rest, complement)
    state = f"{inner}{shown} {agreed}"
    matter = agreed if complement.endswith(("ing", "in'")) else state
    return Predicate(f"{adverbs}{verb}{' not' if negative else ''}", state, matter)


def _restore_case(rest: str, word: str) -> str:
    """A word as it was written, where that differs from lower case (Portuguese, UX)."""
    match = re.search(rf"(?<![\w'-]){re.escape(word)}(?![\w'-])", rest, re.IGNORECASE)
    return match.group() if match and word else word


def _have(parts: _Parts) -> Predicate | None:
    adverbs, word, rest = parts
    negative = word == "haven't" or _NOT.match(rest) is not None
    rest = _NOT.sub("", rest)
    inner, participle, following = _split_verb(rest)
    if participle == "got" and not negative:
        participle, rest = "", following
        inner = ""
    if is_small_talk("have", rest):
        return None
    verb = f"{adverbs}has{' not' if negative else ''}"
    if is_participle(participle):
        state, _, after = following.partition(" ")
        if participle == "been" and is_passing_state(state.lower(), after, past=True):
            return None
        return Predicate(verb, f"{inner}{participle} {following}", following)
    if negative or not rest:
        return None
    agreed = agree_coordinates(rest)
    return None if agreed is None else Predicate(verb, agreed, agreed)


def _had(parts: _Parts) -> Predicate | None:
    adverbs, word, rest = parts
    if is_small_talk("have", rest) or rest.startswith("better"):
        return None
    return Predicate(f"{adverbs}{'had not' if word == "hadn't" else 'had'}", rest, rest)


def _do(parts: _Parts) -> Predicate | None:
    adverbs, word, rest = parts
    negative = word in ("don't", "didn't") or _NOT.match(rest) is not None
    rest = _NOT.sub("", rest)
    past = word.startswith("did")
    inner, verb, following = _split_verb(rest)
    if not negative:
        if verb in BASE_VERBS:
            emphatic = (adverbs, verb, following)
            return _present(emphatic) if not past else None
        agreed = agree_coordinates(rest)
        return None if past or agreed is None else Predicate(f"{adverbs}does", agreed, agreed)
    if verb not in BASE_VERBS or is_small_talk(verb, following, negative=True):
        return None
    auxiliary = "did" if past else "does"
    return Predicate(f"{adverbs}{auxiliary} not", f"{inner}{verb} {following}", following)


def _modal(parts: _Parts) -> Predicate | None:
    adverbs, word, rest = parts
    name, negative = _MODALS[word]
    negative = negative or _NOT.match(rest) is not None
    rest = _NOT.sub("", rest)
    inner, verb, following = _split_verb(rest)
    if name == "would" and verb not in _WOULD and inner.strip() not in _WOULD:
        return None
    key = "cannot" if name == "can" and negative else name
    if (
        not verb
        or (verb == "have" and key != "cannot")
        or is_small_talk(key, f"{verb} {following}")
    ):
        return None
    shown = "cannot" if key == "cannot" else f"{name} not" if negative else name
    return Predicate(f"{adverbs}{shown}", f"{inner}{verb} {following}", following)


def _used(parts: _Parts) -> Predicate | None:
    adverbs, _, rest = parts
    if is_small_talk("use", rest):
        return None
    return Predicate(f"{adverbs}used", rest, rest)


def _slang(parts: _Parts) -> Predicate | None:
    adverbs, word, rest = parts
    verb = {"gotta": "have", "wanna": "want", "gonna": ""}[word]
    if not verb or is_small_talk(verb, f"to {rest}"):
        return None
    return Predicate(f"{adverbs}{third_person(verb)} to", rest, f"to {rest}")


_MODALS: Final[dict[str, tuple[str, bool]]] = {
    "can": ("can", False),
    "can't": ("can", True),
    "cannot": ("can", True),
    "will": ("will", False),
    "won't": ("will", True),
    "would": ("would", False),
    "wouldn't": ("would", True),
    "might": ("might", False),
    "must": ("must", False),
}
_HANDLERS: Final[dict[str, Callable[[_Parts], Predicate | None]]] = {
    **dict.fromkeys(("am", "are", "was", "were", "wasn't", "weren't"), _be),
    **dict.fromkeys(("have", "haven't"), _have),
    **dict.fromkeys(("had", "hadn't"), _had),
    **dict.fromkeys(("do", "don't", "did", "didn't"), _do),
    **dict.fromkeys(_MODALS, _modal),
    **dict.fromkeys(("gotta", "wanna", "gonna"), _slang),
    "used": _used,
}
