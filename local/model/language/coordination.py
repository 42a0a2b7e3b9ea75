"""Further verbs of a subject that has become a third person: "works and live" -> "and lives"."""

import re

from local.model.language.verb_forms import CLEAR_VERBS, NOUN_LIKE_VERBS, third_person

_ADVERBS = r"(?:(?:also|really|just|still|never|always|often|usually|sometimes|then|now)\s+)*"
_JOINERS = r"(?:and|but|then|or)"
_COORDINATE = re.compile(
    rf"(?:,\s+(?:{_JOINERS}\s+)?|\b{_JOINERS}\s+){_ADVERBS}"
    r"(?P<verb>[a-z]+(?:'t)?)\b(?=(?P<after>.*))"
)
_OPEN_INFINITIVE = re.compile(
    r"\b(?:to|can|could|will|would|should|help|helps|let|lets|make|not)\s+(?:\w+ly\s+)?[a-z]+\b"
)
_RELATIVE = re.compile(r"\b(?:who|that|which|where|when|because|if|while|how|what)\b")
_OBJECT = re.compile(
    r"^\s+(?:a|an|the|my|our|to|in|at|for|with|as|it|them|some|lots|about|on|from|[a-z]+ing)\b"
)
_SURE_OBJECT = re.compile(
    r"^(?:\w+\s+(?:a|an|my|our|as|every|some|lots)|(?:work|study)\s+(?:at|for|from|in|on|with))\b"
)
_IRREGULAR = {"am": "is", "don't": "does not", "haven't": "has not"}


def agree_coordinates(rest: str) -> str | None:
    """The text behind a verb, with its coordinated verbs in the third person.

    None when it cannot be told whether a word is a verb ("and work in ...", or a noun).
    """
    pieces: list[str] = []
    copied = 0
    nouns_perhaps = False
    for match in _COORDINATE.finditer(rest):
        before = rest[: match.start()]
        certain = _is_certain_verb(match)
        if certain is None or _OPEN_INFINITIVE.search(before):
            continue
        if not certain:
            nouns_perhaps = True
            if _OBJECT.match(match.group("after")):
                return None
            continue
        if _RELATIVE.search(before):
            return None
        verb = match.group("verb")
        start, end = match.span("verb")
        pieces += [rest[copied:start], _IRREGULAR.get(verb) or third_person(verb)]
        copied = end
    if pieces and nouns_perhaps:  # "watches movies, hike and plays"
        return None
    return "".join([*pieces, rest[copied:]])


def _is_certain_verb(match: re.Match[str]) -> bool | None:
    """True for a verb, False for what may also be a noun, None for neither."""
    verb, after = match.group("verb"), match.group("after")
    if match.group().startswith(",") and verb == "like":  # ", like my brother"
        return None
    if verb in CLEAR_VERBS or verb in _IRREGULAR:
        return True
    if verb not in NOUN_LIKE_VERBS:
        return None
    return bool(_SURE_OBJECT.match(verb + after))
