"""JSON as typed values, and the value that JSON does not have: undefined.

Undefined is what a path yields when a document does not have it. It is neither null nor an error,
and nearly every rule of the query language says what becomes of it.
"""

from typing import Final, final

import orjson

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type Document = dict[str, Json]


@final
class Undefined:
    """The type of the one value UNDEFINED."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()
type Value = Json | Undefined


def read_json(text: bytes | str) -> Json:
    """Parse JSON.

    Raises:
        orjson.JSONDecodeError: the text is not JSON (NaN and lone surrogates are not).
    """
    return orjson.loads(text)


def write_json(value: object) -> bytes:
    """Serialise a value made of Json as UTF-8 without blanks."""
    return orjson.dumps(value)
