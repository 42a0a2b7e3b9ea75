"""Clauses turned to the third person: "I live in Porto" becomes "Ana lives in Porto."."""

import re
from dataclasses import dataclass
from typing import Final

from local.model.language.content import (
    addresses_listener,
    content_words,
    has_matter,
    points_elsewhere,
)
from local.model.language.predicates import parse_predicate
from local.model.language.pronouns import to_third_person
from local.model.language.requests import rewrite_request

FEWEST_WORDS: Final = 4
LONGEST: Final = 260


@dataclass(frozen=True)
class Speaker:
    """Who said it: a name, or "the user" or "the agent"."""

    name: str
    is_agent: bool

    @property
    def is_assistant(self) -> bool:
        """Whether it is an agent without a name, whose "we" and "my" say nothing of itself."""
        return self.is_agent and self.name == "the agent"

    @property
    def possessive(self) -> str:
        """The name in the genitive."""
        return f"{self.name}'s"


_LEAD = re.compile(
    r"""^(?P<lead>
    (?:on|in|around|since|by|until|before|after|from)\s[^,]{2,40}?\b\d{4}
    |lately|recently|these\ days|nowadays|currently|right\ now|at\ the\ moment|for\ now|usually
    |(?:after|before|while|since)\ \w+ing(?:\ [\w'-]+){0,4}?(?=,?\ (?:I|we)\b)
    |sometimes|often|normally|yesterday|today|tomorrow|tonight|(?:last|next|this)\ (?!time)\w+
    |every\ (?:\w+\ ){0,2}\w+|on\ (?:weekends|weekdays|\w+days)|as\ an?\ (?:\w+\ )?\w+
    |(?:when|since|before|after|while)\ (?:I|we)\ (?:was|were|am|started|moved|got|had)\b[^,]{0,40}
    |(?:after|before|during|at|on|in|for|over|around|throughout|besides|with)
    \ (?:[\w'-]+\ ){0,5}[\w'-]+(?=,)
    ),?\s+(?=(?:I|we|my|our)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_OWN = re.compile(r"^(?:my|our)\s+(?P<thing>\S.*)$", re.IGNORECASE)
_OWN_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|can|can't|cannot|does|doesn't|isn't|aren't|wasn't"
    r"|likes|loves|hates|lives|works|needs|wants|goes|runs|plays|teaches|studies|started|got|made"
    r"|gave|helped|moved|came|comes|took|died|bought|went|passed|\w+ed)\b|'s\s+(?:a|an|the|called)\b"
    r"|(?:(?<=s )|(?<=children ))(?:live|love|like|work|play|need|want|go|prefer|hate|study|come"
    r"|speak|eat|enjoy)\b"
)
_JOINT = re.compile(
    r"^(?:my|our)\s+(?P<other>[\w-]+(?:\s[\w-]+)?)\s+and\s+(?:I|me)\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_ME_AND = re.compile(r"^me\s+and\s+my\s+(?P<other>[\w-]+)\s+(?P<rest>\S.*)$", re.IGNORECASE)
_FAVOURITE = re.compile(
    r"^(?P<thing>(?!it\b|this\b|that\b|they\b|he\b|she\b|those\b|these\b|what\b|which\b)[^,]{2,50}?)\s+"
    r"(?P<verb>is|are|was)\s+(?P<one>one\s+of\s+)?my\s+(?P<what>favou?rites?\b.*)$",
    re.IGNORECASE,
)
_EFFECT = re.compile(
    r"^(?P<cause>(?!it\b|this\b|that\b|they\b|he\b|she\b|those\b|these\b|what\b|which\b|I\b|we\b|if\b"
    r"|let\b|thanks\b|please\b|for\b|one\b|and\b|your\b|so\b|hope\b|glad\b|just\b|seeing\b|love\b|really\b|always\b|also\b|definitely\b)"
    r"[A-Za-z][\w'-]*(?:\s+[\w'-]+){0,4})\s+"
    r"(?P<verb>(?:has\s+|have\s+)?(?:really\s+|always\s+)?(?:made|makes?|helped|helps?|gave|gives?|given"
    r"|taught|teaches|inspired|inspires|allowed|allows|motivates?|motivated|brought|brings?))\s+"
    r"me\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")  # "I'm" counts as two
_SHARED = re.compile(r"\b(?:each\s+other|together|both|met)\b", re.IGNORECASE)
_UNFINISHED = re.compile(
    r"\b(?:and|but|or|the|a|an|to|of|for|with|my|our|because|so|that|which|who|is|was|very|as|in"
    r"|such|like|than|when|if|while|from|about|at|more|most|been|be)$",
    re.IGNORECASE,
)
_JOINT_FORMS: Final = {"am": "are", "i'm": "are", "was": "were"}


def rewrite_clause(clause: str, speaker: Speaker) -> str | None:
    """The clause as a sentence about its speaker; None when it is no statement of theirs.

    Refused are clauses that speak to the listener, point at something unsaid, or would not be
    grammatical: a dropped statement is better than a mangled one.
    """
    if not speaker.is_agent and (request := rewrite_request(clause, speaker.name)):
        return _finish(request)
    if len(_WORD.findall(clause)) < FEWEST_WORDS or addresses_listener(clause):
        return None
    lead, clause = _split_lead(clause)
    if _is_broken(clause):
        return None
    statement = _rewrite_statement(clause, speaker)
    if statement is None:
        return None
    if lead:
        statement = f"{to_third_person(lead)}, {statement}"
    return _finish(statement)


def _is_broken(clause: str) -> bool:
    unpaired = clause.count('"') % 2 or clause.count("(") != clause.count(")")
    return bool(unpaired or _UNFINISHED.search(clause))


def _split_lead(clause: str) -> tuple[str, str]:
    match = _LEAD.match(clause)
    if match is None or points_elsewhere(match.group("lead")):
        return "", clause
    return match.group("lead"), clause[match.end() :]


def _rewrite_statement(clause: str, speaker: Speaker) -> str | None:
    for rewrite in (
        _rewrite_joint,
        _rewrite_own,
        _rewrite_favourite,
        _rewrite_action,
        _rewrite_effect,
    ):
        statement = rewrite(clause, speaker)
        if statement is not None:
            return statement
    return None


def _rewrite_action(clause: str, speaker: Speaker) -> str | None:
    plural = clause.lower().startswith("we")
    if plural and (speaker.is_assistant or _SHARED.search(clause)):
        return None
    predicate = parse_predicate(clause)
    if predicate is None or points_elsewhere(predicate.matter):
        return None
    if not has_matter(predicate.matter):
        return None
    return f"{speaker.name} {to_third_person(predicate.text)}"


def _rewrite_own(clause: str, speaker: Speaker) -> str | None:
    match = _OWN.match(clause)
    if match is None or speaker.is_assistant:
        return None
    thing = match.group("thing")
    verb = _OWN_VERB.search(thing)
    if verb is None or not 1 <= len(thing[: verb.start()].split()) <= 6:
        return None
    if ":" in thing[: verb.start()]:
        return None
    if points_elsewhere(thing) or not content_words(thing[verb.end() :]):
        return None
    return f"{speaker.possessive} {to_third_person(thing)}"


def _rewrite_joint(clause: str, speaker: Speaker) -> str | None:
    match = _JOINT.match(clause) or _ME_AND.match(clause)
    if match is None or parse_predicate(f"I {match.group('rest')}") is None:
        return None
    rest = match.group("rest")
    if points_elsewhere(rest) or not content_words(rest):
        return None
    word, _, following = rest.partition(" ")
    rest = f"{_JOINT_FORMS.get(word.lower(), word)} {following}"
    return f"{speaker.name} and their {match.group('other')} {to_third_person(rest)}"


def _rewrite_favourite(clause: str, speaker: Speaker) -> str | None:
    match = _FAVOURITE.match(clause)
    if match is None or points_elsewhere(clause):
        return None
    thing = match.group("thing")
    if re.match(r"(?:I|my|we|our)\b", thing, re.IGNORECASE):
        return None
    one = match.group("one") or ""
    what = to_third_person(match.group("what"))
    return f"{thing} {match.group('verb')} {one}{speaker.possessive} {what}"


def _rewrite_effect(clause: str, speaker: Speaker) -> str | None:
    match = _EFFECT.match(clause)
    if match is None or speaker.is_assistant or points_elsewhere(match.group("cause")):
        return None
    cause, verb, rest = match.group("cause", "verb", "rest")
    if points_elsewhere(rest) or not has_matter(rest):
        return None
    own = _OWN.match(cause)
    cause = f"{speaker.possessive} {own.group('thing')}" if own else cause
    return f"{to_third_person(cause)} {verb} {speaker.name} {to_third_person(rest)}"


def _finish(statement: str) -> str | None:
    text = " ".join(statement.split()).replace(" ,", ",").rstrip(" .,;:!-")
    if len(text) > LONGEST:
        return None
    return text[0].upper() + text[1:] + "."
