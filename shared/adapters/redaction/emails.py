"""E-mail addresses, as written and as spelled out."""

import re
from collections.abc import Iterator

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}+"
_DOMAIN = r"(?:[\w-]{1,63}+\.){1,8}(?:[^\W\d_]{2,24}|xn--[\w-]{2,59})"
_WRITTEN = re.compile(rf"(?:\"[^\"\n]{{1,64}}\"|(?<![\w.+-]){_LOCAL})@{_DOMAIN}(?![\w-])")
_SPELLED = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}+ ?(?:[\[({] ?at ?[\])}]| at ) ?"
    r"[\w-]{1,63}+(?: ?(?:[\[({] ?dot ?[\])}]| dot |\.) ?[\w-]{1,63}+){0,4}"
    r" ?(?:[\[({] ?dot ?[\])}]| dot ) ?[^\W\d_]{2,24}(?!\w)",
    re.IGNORECASE,
)
# What stands after the dot of a file at double resolution (`logo@2x.png`).
_FILES = re.compile(r"@\dx\.\w+$")


class Emails:
    """Finds e-mail addresses; `git@host:path` is the address of a repository."""

    kind = "email"

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """See Detector.find."""
        if "@" in text:
            for match in _WRITTEN.finditer(text):
                repository = match[0].startswith("git@") and text[match.end() :].startswith(":")
                if not repository and not _FILES.search(match[0]):
                    yield match.span()
        for match in _SPELLED.finditer(text):
            yield match.span()
