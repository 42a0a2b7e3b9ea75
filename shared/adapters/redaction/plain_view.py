"""A text as a detector reads it, so that odd characters hide nothing from it."""

import unicodedata
from dataclasses import dataclass

_IGNORED_CATEGORIES = frozenset({"Cf", "Cc"})
_KEPT = frozenset("\t\n\r")


@dataclass(frozen=True, slots=True)
class PlainView:
    """A text with plain digits and letters, and for each of its characters where it came from."""

    text: str
    origins: list[int] | None

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """A span of the view as a span of the original, what is invisible inside included."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def view_plainly(text: str) -> PlainView:
    """The view: no invisible characters, full-width forms and foreign digits as ASCII."""
    if text.isascii() and text.isprintable():
        return PlainView(text, None)
    shown: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        plain = _plain(character)
        if plain:
            shown.append(plain)
            origins.append(index)
    return PlainView("".join(shown), origins)


def _plain(character: str) -> str:
    """One character for one, or none."""
    if character.isascii() and character.isprintable():
        return character
    if unicodedata.category(character) in _IGNORED_CATEGORIES and character not in _KEPT:
        return ""
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(decimal)
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
