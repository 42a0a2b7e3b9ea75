"""Single-valued matters: of two statements on one of them, the later takes the earlier's place."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from local.model.language.verb_forms import BASE_VERBS, third_person


@dataclass(frozen=True)
class SlotValue:
    """What a statement says on a single-valued matter of somebody's."""

    subject: str
    slot: str
    value: str


_LEAD = re.compile(r"^(?:[^,]{2,60}\b\d{4}|[A-Z][a-z]+|These days|Right now|At the moment), ")
_WHEN = re.compile(
    r"\s+(?:on|in|around|since|from|by|until)\s+(?:the\s+(?:week|weekend|morning|afternoon|evening"
    r"|night|spring|summer|autumn|fall|winter)\s+of\s+)?(?:\d{1,2}\s+)?(?:[A-Z][a-z]+\s+)?\d{4}\b"
)
_NOW = re.compile(
    r"\b(?:now|currently|also|really|still|again|anymore|any more|recently|usually|always|mostly"
    r"|these days|very much|a lot|at the moment|instead|actually|generally|normally)\b"
)
_SUBJECT = re.compile(
    r"^(?P<subject>[Tt]he user|[Tt]he agent|[A-Z][\w-]*)(?P<own>'s)?\s+(?P<rest>.+)$"
)
_FAVOURITE_OF = re.compile(
    r"^(?P<value>.+?) (?:is|are) (?P<subject>[Tt]he user|[Tt]he agent|[A-Z][\w-]*)'s"
    r" (?P<slot>favou?rite\b.*)$"
)

type _Reader = Callable[[re.Match[str]], tuple[str, str]]


def _single(slot: str) -> _Reader:
    return lambda match: (slot, match.group("value"))


def _by_what(match: re.Match[str]) -> tuple[str, str]:
    return f"prefers {match.group('what')}", match.group("value")


def _choice(match: re.Match[str]) -> tuple[str, str]:
    pair = sorted((match.group("value"), match.group("other")))
    return f"prefers {pair[0]} or {pair[1]}", match.group("value")


def _own(match: re.Match[str]) -> tuple[str, str]:
    return match.group("slot").replace("favorite", "favourite"), match.group("value")


_END = r"(?=$|,|\s+(?:with|because|so|and|since|as|for|but|where|near|at|when)\b)"
_VALUE = rf"(?P<value>.+?){_END}"
_ASKS = r"^wants the agent (?:to )?(?:only |always |never )?"


def _compile(*rules: tuple[str, _Reader]) -> tuple[tuple[re.Pattern[str], _Reader], ...]:
    return tuple((re.compile(pattern), read) for pattern, read in rules)


_RULES: Final = _compile(
    (rf"^(?:lives in|(?:has )?moved to|is based in|relocated to) {_VALUE}", _single("home")),
    (
        r"^(?:works|started working|is working|started|joined|has a job|got a job)"
        rf" (?:at|with) {_VALUE}",
        _single("employer"),
    ),
    (r"^(?:works|started working|is working) for (?P<value>[A-Z].*)$", _single("employer")),
    (rf"^(?:works|started working|is working) as {_VALUE}", _single("occupation")),
    (r"^has a budget of (?P<value>.+)$", _single("budget")),
    (r"^(?:drives|(?:has )?switched to) (?P<value>an? .+)$", _single("vehicle")),
    (
        r"^(?:is|became|went|has become|has gone) (?:a )?(?P<value>(?:not |no longer )?"
        r"(?:vegetarian|vegan|pescatarian)|(?:an )?omnivore)\b",
        _single("diet"),
    ),
    (
        r"^(?P<value>eats (?:meat|fish|everything)|no longer eats (?:meat|fish))\b",
        _single("diet"),
    ),
    (r"^(?:is|got) (?P<value>single|married|engaged|divorced)\b", _single("status")),
    (
        r"^(?:prefers|would rather have) (?P<value>.+?)"
        rf" (?:over|to|than|rather than|instead of) (?P<other>.+?){_END}",
        _choice,
    ),
    (rf"^prefers (?P<value>[\w-]+(?: [\w-]+)?) (?P<what>[\w-]+){_END}", _by_what),
    (
        _ASKS + r"(?:answer|reply|write|respond)(?: to them)? in (?P<value>[A-Z]\w+)",
        _single("language of answers"),
    ),
    (
        _ASKS + r"(?:keep|give).*\b(?P<value>short|brief|long|detailed|shorter|longer)\b",
        _single("length of answers"),
    ),
)
_OWN_RULES: Final = _compile(
    (r"^(?P<slot>favou?rite .+?) (?:is|are) (?P<value>.+)$", _own),
    (
        r"^(?:total |new )?(?P<slot>(?:monthly )?budget(?: for .+?)?)"
        r" (?:is|went up to|has gone up to) (?P<value>.+)$",
        _own,
    ),
    (
        r"^(?P<slot>(?:\w+ )?(?:name|address|email|phone number|birthday|job title|employer"
        r"|hometown|deadline|time zone)) is (?P<value>.+)$",
        _own,
    ),
)
_DISLIKES: Final = {"hates", "dislikes", "despises", "detests"}
_LIKES: Final = {"likes", "loves", "enjoys", "adores"}
_STANCE = re.compile(
    r"^(?P<no>does not |no longer |cannot |is not |is no longer |stopped |did not )?"
    r"(?P<verb>[a-z]+)\s+(?P<object>.+)$"
)
_BASE_BY_THIRD: Final = {third_person(verb): verb for verb in BASE_VERBS}


def read_slot(text: str) -> SlotValue | None:
    """The single-valued matter that a third-person statement settles, if it settles one."""
    plain = _WHEN.sub("", _LEAD.sub("", text.rstrip("."))).strip()
    if match := _FAVOURITE_OF.match(plain):
        slot, value = _own(match)
        return _slot_value(match.group("subject"), slot, value)
    match = _SUBJECT.match(plain)
    if match is None:
        return None
    rest = " ".join(_NOW.sub(" ", match.group("rest")).split())
    for pattern, read in _OWN_RULES if match.group("own") else _RULES:
        if found := pattern.match(rest):
            slot, value = read(found)
            return _slot_value(match.group("subject"), slot, value)
    return None if match.group("own") else _read_stance(match.group("subject"), rest)


def _read_stance(subject: str, rest: str) -> SlotValue | None:
    """For or against one thing: likes tea, hates tea; eats meat, no longer eats meat."""
    match = _STANCE.match(rest)
    if match is None:
        return None
    verb, negative = match.group("verb"), match.group("no") is not None
    if verb == "stand" and negative:
        verb, negative = "hates", False
    verb = verb if verb in _BASE_BY_THIRD else third_person(verb)
    if verb in _LIKES | _DISLIKES:
        positive = (verb in _LIKES) != negative
        return _slot_value(subject, f"feeling about {match.group('object')}", f"{positive}")
    if verb not in _BASE_BY_THIRD:
        return None
    return _slot_value(subject, f"{verb} {match.group('object')}", f"{not negative}")


def _slot_value(subject: str, slot: str, value: str) -> SlotValue:
    fold = " ".join(value.lower().split()).removeprefix("a ").removeprefix("the ")
    return SlotValue(subject.lower(), slot.lower(), fold)
