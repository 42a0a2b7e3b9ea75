"""Text rules shared by several kinds of memory: content hash, topic tags, comparison form."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from shared.domain.unseen import hide_unseen

MAX_TAGS = 50
_TAG = re.compile(r"[a-z0-9][a-z0-9_:./-]{0,99}")
_NOT_TAG = re.compile(r"[^a-z0-9_:./-]+")
_PLAIN_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc\u2039\u203a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u300c\u300d", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
_LAST_WORD = re.compile(r"(?<=\s)\S{1,60}\Z")
_BETWEEN_IDEOGRAPHS = re.compile(
    "(?<=[\u3040-\u30ff\u3400-\u9fff]) (?=[\u3040-\u30ff\u3400-\u9fff])"
)


def content_hash(content: str) -> str:
    """32 hex digits that are equal for texts differing only in case and white space.

    The public SDK's formula: strip, lower-case, every run of white space to one space, SHA-256.
    """
    normalised = " ".join(content.lower().split())
    return hashlib.sha256(normalised.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def comparison_form(content: str) -> str:
    """The text as quotes are compared.

    Compatibility forms and combining marks are united (NFKC), case, white space, and the shapes of
    quotation marks and dashes do not count, and neither does what is not seen.
    """
    folded = unicodedata.normalize("NFKC", hide_unseen(content)).casefold()
    plain = unicodedata.normalize("NFKC", folded).translate(_PLAIN_SIGNS)
    return _BETWEEN_IDEOGRAPHS.sub("", " ".join(plain.split()))


def cut_at_word(text: str, most: int) -> str:
    """The text with at most so many characters; no part of a word is left at its end.

    In a text that knows no spaces there is no end of a word to look for.
    """
    if len(text) <= most:
        return text
    head = text[:most]
    if not text[most].isspace():
        word = _LAST_WORD.search(head)
        head = head[: word.start()] if word and head[: word.start()].strip() else head
    return head.rstrip()


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
