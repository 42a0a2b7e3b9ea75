"""E-mail addresses, as written and as spelled out."""

import re
from collections.abc import Iterator

from shared.adapters.redaction.edges import SPACED, WORD_AFTER, WORD_BEFORE

_SIGNS = r"[.!#$%&'*+/=?^`{|}~-]"
_BEFORE = r"(?<![.+-])"


def _compile_written(letter: str) -> re.Pattern[str]:
    """An address whose letters are such; letters of other kinds may stand right beside it."""
    local = rf"(?<!{letter}){_BEFORE}(?:{letter}|{_SIGNS}){{1,64}}+"
    domain = rf"(?:(?:{letter}|-){{1,63}}+\.){{1,8}}"
    top = rf"(?:(?:(?![\d_]){letter}){{2,24}}|xn--[a-z0-9-]{{2,59}})"
    return re.compile(
        rf"(?:\"[^\"\n]{{1,64}}\"|{local})@{domain}{top}(?!{letter}|-)", re.IGNORECASE
    )


# Those whose letters are of scripts without spaces come last: they take the words around along.
_WRITTEN = (_compile_written(SPACED), _compile_written(r"\w"))
_SPELLED = re.compile(
    rf"{WORD_BEFORE}{_BEFORE}(?:{SPACED}|[.+-]){{1,64}}+ ?(?:[\[({{] ?at ?[\])}}]| at ) ?"
    rf"(?:{SPACED}|-){{1,63}}+"
    rf"(?: ?(?:[\[({{] ?dot ?[\])}}]| dot |\.) ?(?:{SPACED}|-){{1,63}}+){{0,4}}"
    rf" ?(?:[\[({{] ?dot ?[\])}}]| dot ) ?(?:(?![\d_]){SPACED}){{2,24}}{WORD_AFTER}",
    re.IGNORECASE,
)
# What stands after the dot of a file at double resolution (`logo@2x.png`).
_FILES = re.compile(r"@\dx\.\w+$")


class Emails:
    """Finds e-mail addresses; `git@host:path` is the address of a repository."""

    kind = "email"

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """See Detector.find."""
        found: set[int] = set()
        for pattern in _WRITTEN if "@" in text else ():
            for match in pattern.finditer(text):
                sign = match[0].rindex("@") + match.start()
                repository = match[0].startswith("git@") and text[match.end() :].startswith(":")
                if sign not in found and not repository and not _FILES.search(match[0]):
                    found.add(sign)
                    yield match.span()
        for match in _SPELLED.finditer(text):
            yield match.span()
