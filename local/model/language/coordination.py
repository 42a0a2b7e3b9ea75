"""Further verbs of a subject that has become a third person: "works and live" -> "and lives"."""

import re

from local.model.language.verb_forms import CLEAR_VERBS, NOUN_LIKE_VERBS, third_person

_ADVERBS = r"(?:(?:also|really|just|still|never|always|often|usually|sometimes|then|now)\s+)*"
_COORDINATE = re.compile(
    rf"(?:,|\b(?:and|but|then|or))\s+(?P<adverbs>{_ADVERBS})(?P<verb>[a-z]+(?:'t)?)\b(?=(?P<after>.*))",
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
    for match in _COORDINATE.finditer(rest):
        verb, before = match.group("verb"), rest[: match.start()]
        if match.group().startswith(",") and verb == "like":
            continue
        is_verb = verb in CLEAR_VERBS or verb in _IRREGULAR
        may_be_verb = verb in NOUN_LIKE_VERBS and _OBJECT.match(match.group("after"))
        if not (is_verb or may_be_verb) or _OPEN_INFINITIVE.search(before):
            continue
        is_verb = is_verb or bool(_SURE_OBJECT.match(verb + match.group("after")))
        if not is_verb or _RELATIVE.search(before):
            return None
        start, end = match.span("verb")
        pieces += [rest[copied:start], _IRREGULAR.get(verb) or third_person(verb)]
        copied = end
    return "".join([*pieces, rest[copied:]])
