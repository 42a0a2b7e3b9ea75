"""Standing requests to the agent: "please always answer in German"."""

import re
from typing import Final

from local.model.language.content import addresses_listener, content_words
from local.model.language.pronouns import to_third_person
from local.model.words import word_set

_STANDING = re.compile(
    r"^(?:(?P<scope>from\s+now\s+on|in\s+(?:the\s+)?future|going\s+forward),?\s+)?"
    r"(?P<polite>please,?\s+)?(?P<how>always|never|only|don't\s+ever|don't|do\s+not(?:\s+ever)?)?\s*"
    r"(?P<rest>[a-z]\S*(?:\s+\S.*)?)$",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"^(?:I\s+(?:want|need|expect)|I'd\s+(?:like|love|prefer)|I\s+would\s+(?:like|prefer))\s+"
    r"(?:it\s+if\s+)?you\s+(?P<negative>not\s+)?to\s+(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_NO_TASK = re.compile(
    r"^(?:let|mind|worry|hesitate|forget|give\s+up|feel|lose|be|i|we|it|my|note|remember|tell|find|the"
    r"|that|this|stop|you|help|enjoy|take\s+care|keep\s+(?:up|me\s+posted|in\s+mind))\b",
    re.IGNORECASE,
)
_TASKS: Final = word_set(
    """
    add address answer ask avoid book call check choose convert copy email format give greet ignore
    include keep list mention offer order pick plan propose quote recommend remember remind reply
    reserve respond round schedule send share show sign sort speak start suggest summarise
    summarize talk translate use wait write
    """
)
_OWN_MATTER = re.compile(r"\b(?:me|my|I|we|us|our)\b")


def rewrite_request(clause: str, name: str) -> str | None:
    """A standing request as a sentence about who asked; None for anything else.

    One-off requests ("please find a hotel") are none: they are done and over.
    """
    if match := _WISH.match(clause):
        rest = match.group("rest")
        if addresses_listener(rest) or not content_words(rest):
            return None
        negative = "not " if match.group("negative") else ""
        return f"{name} wants the agent {negative}to {to_third_person(rest)}"
    match = _STANDING.match(clause)
    if match is None or not _is_standing(match):
        return None
    rest = match.group("rest")
    if _NO_TASK.match(rest) or addresses_listener(rest) or not content_words(rest):
        return None
    how = (match.group("how") or "").lower()
    verb = {"": "to ", "always": "to always ", "only": "to only ", "never": "to never "}.get(
        how, "not to "
    )
    return f"{name} wants the agent {verb}{to_third_person(rest)}"


def _is_standing(match: re.Match[str]) -> bool:
    if match.group("scope"):
        return True
    if not match.group("how"):
        return False
    verb, _, matter = match.group("rest").partition(" ")
    if verb.lower() not in _TASKS:
        return False
    return bool(match.group("polite") or _OWN_MATTER.search(matter))
