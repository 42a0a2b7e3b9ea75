"""Text rules shared by several kinds of memory: content hash, topic tags, comparison form."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

MAX_TAGS = 50
_TAG = re.compile(r"[a-z0-9][a-z0-9_:./-]{0,99}")
_NOT_TAG = re.compile(r"[^a-z0-9_:./-]+")
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


def content_hash(content: str) -> str:
    """32 hex digits that are equal for texts differing only in case and white space.

    The public SDK's formula: strip, lower-case, every run of white space to one space, SHA-256.
    """
    normalised = " ".join(content.lower().split())
    return hashlib.sha256(normalised.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def comparison_form(content: str) -> str:
    """The text as quotes are compared: NFKC, nothing invisible, one case, single spaces."""
    visible = "".join(c for c in content if c not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFKC", visible).casefold().split())


def topic_tag(topic: str) -> str | None:
    """The SDK's tag for a topic (`UI Theme` -> `topic:ui-theme`); None where nothing is left."""
    name = topic.strip().lower().removeprefix("topic:")
    name = _NOT_TAG.sub("-", name).strip("-")
    tag = f"topic:{name}"[:100].rstrip("-")
    return tag if name and _TAG.fullmatch(tag) else None


def build_tags(system_tags: Iterable[str], topics: Iterable[str]) -> list[str]:
    """The tags of a document: sorted, without repetition, at most 50, system tags first."""
    system = sorted(set(system_tags))
    topical = sorted({tag for topic in topics if (tag := topic_tag(topic))} - set(system))
    return sorted(system + topical[: MAX_TAGS - len(system)])


def clamp_score(score: float) -> float:
    """The score within 0..1; not-a-number counts as 0.5."""
    return min(1.0, max(0.0, score)) if score == score else 0.5
