"""First-person words turned to the third person, wherever they stand in a clause."""

import re
from typing import Final

from local.model.language.verb_forms import PARTICIPLES

_WORDS: Final = {
    "i'm": "they are",
    "i've": "they have",
    "i'll": "they will",
    "i am": "they are",
    "i was": "they were",
    "i wasn't": "they were not",
    "i": "they",
    "we're": "they are",
    "we've": "they have",
    "we'll": "they will",
    "we": "they",
    "me": "them",
    "us": "them",
    "my": "their",
    "our": "their",
    "mine": "theirs",
    "ours": "theirs",
    "myself": "themselves",
    "ourselves": "themselves",
}
_HAD = re.compile(r"\b(?:I|we)'d\s+(\w+)", re.IGNORECASE)
_FIRST_PERSON = re.compile(
    r"\b(?:I(?:'m|'ve|'ll|\s+am|\s+was|\s+wasn't)?(?!\.\w)|we(?:'re|'ve|'ll)?|me|(?-i:us)|my|our"
    r"|mine|ours|myself|ourselves)\b(?!['-])",
    re.IGNORECASE,
)


def to_third_person(text: str) -> str:
    """The text with they, them and their for I, me, my, we, us and our."""
    text = _HAD.sub(_expand_had, text)
    return _FIRST_PERSON.sub(lambda match: _WORDS[" ".join(match.group().lower().split())], text)


def _expand_had(match: re.Match[str]) -> str:
    word = match.group(1)
    had = word.lower() in PARTICIPLES or word.lower() in ("better", "been")
    return f"they {'had' if had else 'would'} {word}"
