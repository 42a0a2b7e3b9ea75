"""Texts cut into sentences, for rules that ask whether all of a text is of one kind."""

import re
from collections.abc import Callable

_END = re.compile(r"(?<=[.!?…])[\"')]*\s+|(?<=[。！？])|\n+")
_EMPTY = re.compile(r"[\W_]*")


def split_sentences(text: str) -> list[str]:
    """The sentences that hold a letter or a digit, trimmed."""
    parts = (part.strip() for part in _END.split(text))
    return [part for part in parts if not _EMPTY.fullmatch(part)]


def is_all(text: str, is_kind: Callable[[str], bool]) -> bool:
    """Whether the text has sentences and each of them is of a kind."""
    sentences = split_sentences(text)
    return bool(sentences) and all(is_kind(sentence) for sentence in sentences)
