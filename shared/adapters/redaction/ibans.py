"""International bank account numbers."""

import re
from collections.abc import Iterator

from stdnum import iban

_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ .-]?[A-Za-z0-9])")
_END = re.compile(r"(?![A-Za-z0-9])")
_LENGTHS = range(15, 35)
_MOST_CHARACTERS = 34 + 16  # the longest there is, in groups
_SEPARATORS = frozenset(" .-")


class Ibans:
    """Finds numbers of a country's length and form whose check digits are right."""

    kind = "iban"

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """See Detector.find."""
        for match in _START.finditer(text):
            end = _find_end(text, match.start())
            if end:
                yield match.start(), end


def _find_end(text: str, start: int) -> int:
    """Where the number that starts there ends; 0 if none does.

    Only ends of groups are tried: a number is never followed at once by an ASCII letter or digit.
    """
    compact: list[str] = []
    for index in range(start, min(len(text), start + _MOST_CHARACTERS)):
        character = text[index]
        if character in _SEPARATORS:
            if text[index - 1] in _SEPARATORS:
                return 0
            continue
        if not (character.isascii() and character.isalnum()):
            return 0
        compact.append(character)
        if (
            len(compact) in _LENGTHS
            and _END.match(text, index + 1)
            and iban.is_valid("".join(compact), check_country=False)
        ):
            return index + 1
    return 0
