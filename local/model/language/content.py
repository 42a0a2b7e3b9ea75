"""Whether a clause stands on its own: it names something, and points at nothing unsaid."""

import re
from typing import Final

from local.model.words import word_set

EMPTY_WORDS: Final = word_set(
    """
    a about absolutely actually after again ago all almost already also always am amazing an and
    another any anymore anything are around as at awesome away back bad badly be beautiful because
    been before being best better big bit both but by can chance cool could couple day days deal
    definitely did do does doing done down each either else even ever every everyone everything
    excited far feel few finally fine first for from fun get getting give glad go going good got
    great guys had happy hard has have having here hi hopefully how i if in into is it its just
    keep kind kinda last lately later least less let life little lot lots made make making many
    maybe me mean mine moment moments more most much must my myself name need never new next nice
    no nor not nothing now of off ok okay on once one ones only or other our ours out over own part
    people perfect please plenty pretty put quite rather ready real really recently right same
    say see seeing seem set should since so some someone something sometimes soon sort special
    still stuff such super sure take than that the their them then there these they thing things
    think this those thought time times to today together tomorrow tonight too took total totally
    try trying two up upon us use used usually very want was way ways we well went were what when
    where which while who whole will with without wonderful words work world would yes yesterday
    yet you your heart feeling feelings hey guess know idea ideas sense vibe vibes news job luck
    memories difference forward dream tough easy challenging inspiring incredible worth worthwhile
    fantastic lovely fan sucker little bigger themselves
    others either week weeks happens second large case hours through staying
    positive hooked forget important details
    """
)
_WORD = re.compile(r"[^\W\d_][\w'+#-]*")
_POINTER = re.compile(
    r"\b(?:it|them|one|ones|he|she|him|her|his|they|their|theirs|there|here)\b", re.IGNORECASE
)
_DEMONSTRATIVE = re.compile(
    r"\b(?:this|these|those)\b(?!\s+days\b)"
    r"|\b(?:like|of|with|for|about|on|at|to|in|by|from|after|before|do|did|done|say|said|all|into"
    r"|see|saw|heard|love|loved|loves|than|just|made|make|felt|give|gave|got)\s+that\b"
    r"|\bthat(?=\s*(?:[,.!;]|$))|\bthat\s+(?:way|one|time|day|feeling|part|moment|kind|sort|much)\b"
    r"|\bthat's\b",
    re.IGNORECASE,
)
_STRANDED = re.compile(
    r"^that\b|\b(?:on|with|about|at)\s+(?:for|since|lately|recently)\b"
    r"|\bthat\s+other\b|\b(?:read|watched|finished|tried|visited|bought|wore|used|took)\s+that\b"
    r"|\banother\s+(?:at|in|on|from)\b|\bthat\s+(?:little|cute|pic|photo|picture)\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(r"\b(?:of|about|with|to|from|on|in)\s+(?:it|them)$", re.IGNORECASE)
_NOT_ACTIVITIES = (
    r"(?!(?:morning|evening|wedding|building|spring|clothing|meeting|painting|training|writing"
    r"|reading|counseling|camping|hiking|parking|heating|string|ring|king)\b)"
)
_ACTION = re.compile(
    r"\b(?:to|and)\s+(?:\w+ly\s+)?(?-i:[a-z])\w+"
    rf"|\b{_NOT_ACTIVITIES}(?-i:[a-z])\w+(?:ing|in')\b",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\b(?:you|your|yours|yourself|ya|y'all|u|ur|ya'll)\b|\byou'", re.IGNORECASE
)


def content_words(text: str) -> list[str]:
    """The words of a text that carry meaning, in lower case and in order."""
    words = (match.group().lower() for match in _WORD.finditer(text))
    return [word for word in words if word.removesuffix("'s") not in EMPTY_WORDS and len(word) > 1]


def addresses_listener(text: str) -> bool:
    """Whether the text speaks to somebody."""
    return bool(_ADDRESSED.search(text))


def points_elsewhere(text: str) -> bool:
    """Whether the text needs an earlier sentence to be understood ("I made it for that")."""
    if _DEMONSTRATIVE.search(text):
        return True
    if _STRANDED.search(text):
        return True
    dangling = _DANGLING.search(text)
    if dangling and len(content_words(text[: dangling.start()])) <= 1:
        return True
    pointer = _POINTER.search(text)
    return bool(pointer) and not has_matter(text[: pointer.start()])


def has_matter(text: str) -> bool:
    """Whether what follows a verb names something; a further verb is not enough ("to try it")."""
    return bool(content_words(_ACTION.sub(" ", text)))
