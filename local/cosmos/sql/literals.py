"""What number and string literals of a query stand for."""

import re

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LARGEST_INTEGER = 2**63  # of 64 bits; what a minus sign before it still makes one


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
    """A number, decimal or (after 0x) hexadecimal: an int where it is one of 64 bits.

    Raises:
        ValueError: it is too large to be a JSON number.
    """
    hexadecimal = text[:2] in ("0x", "0X")
    if hexadecimal or (text.isdecimal() and len(text) <= len(str(_LARGEST_INTEGER))):
        whole = int(text, 16 if hexadecimal else 10)
        return whole if whole <= _LARGEST_INTEGER else float(whole)
    value = float(text)
    if value == float("inf"):
        raise ValueError(f"the number {text[:20]}... is too large")
    return value
