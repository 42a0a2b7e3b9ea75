"""Sensitive data: what finds it in a text, and what takes it out."""

from collections.abc import Iterator
from typing import Protocol

from shared.domain.redaction import Redaction


class Detector(Protocol):
    """Finds sensitive passages of one kind.

    Example: `class Badges: kind = "badge"`, with a `find` that yields the spans of a pattern.
    """

    @property
    def kind(self) -> str:
        """The name in the placeholder: lower-case letters."""
        ...

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of each passage, in time that grows with the length of the text only."""
        ...


class Redactor(Protocol):
    """Takes sensitive passages out of texts."""

    def redact(self, text: str) -> Redaction:
        """The text with placeholders; redacting that again finds nothing."""
        ...
