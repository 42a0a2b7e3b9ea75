"""What number and string literals of a query stand for."""

import re

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_MAX_EXACT_DIGITS = 18


def unquote(token: str) -> str:
    """The text of a string literal; its escapes are those of JSON.

    Raises:
        ValueError: it has half of a surrogate pair, which is no character.
    """
    text = _ESCAPE.sub(_replace_escape, token[1:-1])
    if text.isascii():
        return text
    # \ud83d\ude00 spells one character in two escapes.
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def _replace_escape(match: re.Match[str]) -> str:
    body = match[1]
    return chr(int(body[1:], 16)) if len(body) > 1 else _ESCAPES.get(body, body)


def parse_number(text: str) -> int | float:
    """A number: an int where it is written as one and exact.

    Raises:
        ValueError: it is too large to be a JSON number.
    """
    if text.isdecimal() and len(text) <= _MAX_EXACT_DIGITS:
        return int(text)
    value = float(text)
    if value == float("inf"):
        raise ValueError(f"the number {text[:20]}... is too large")
    return value
