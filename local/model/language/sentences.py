"""Sentences of a chat turn, each as a piece of the original text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from local.model.words import word_set

ABBREVIATIONS: Final = word_set(
    "mr mrs ms dr prof st vs etc e.g i.e approx no vol jr sr dept inc ltd co fig min max tel ca"
)
LONGEST_WORD: Final = 40
_SEPARATORS = re.compile(r"```.*?(?:```|\Z)|`[^`]*`|\[[^\[\]]*\]|https?://\S+|[\r\n]+", re.DOTALL)
_BULLET = re.compile(r"\s*(?:[-*•>]|\d{1,2}[.)])\s+")
_END = re.compile(r"[.!?…]+[\"')\]”’]*(?=\s|$)")
_LAST_WORD = re.compile(r"(?<!['’\w])([^\W\d_][\w.]*)\.$")


@dataclass(frozen=True)
class Sentence:
    """A verbatim piece of a text."""

    text: str

    @property
    def is_question(self) -> bool:
        """Whether it ends with a question mark."""
        return "?" in self.text[-4:]


def split_sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text in order; bracketed notes, code and links belong to none."""
    start = 0
    for separator in _SEPARATORS.finditer(text):
        yield from _split_block(text[start : separator.start()])
        start = separator.end()
    yield from _split_block(text[start:])


def _split_block(block: str) -> Iterator[Sentence]:
    bullet = _BULLET.match(block)
    start = bullet.end() if bullet else 0
    for end in _END.finditer(block):
        before = block[max(start, end.end() - LONGEST_WORD) : end.end()]
        if not _is_boundary(before, block[end.end() : end.end() + LONGEST_WORD]):
            continue
        if piece := block[start : end.end()].strip():
            yield Sentence(piece)
        start = end.end()
    if piece := block[start:].strip():
        yield Sentence(piece)


def _is_boundary(piece: str, rest: str) -> bool:
    following = rest.lstrip()[:1]
    if not following:
        return True
    if piece.endswith(("..", "…")):
        return not following.islower()
    last_word = _LAST_WORD.search(piece)
    if last_word is None:
        return not (following.islower() and piece.endswith(('"', "'", ")", "”", "’")))
    word = last_word.group(1)
    if word.lower() in ABBREVIATIONS or (len(word) == 1 and word != "I"):
        return False
    return "." not in word or following.isupper()
