"""JSON as typed values: what a request may hold, and how to narrow it."""

from typing import cast

import orjson

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type JsonObject = dict[str, Json]


def parse_json(data: bytes | str) -> Json:
    """Parse JSON; ValueError when it is none."""
    return cast(Json, orjson.loads(data))


def parse_object(text: str) -> JsonObject:
    """Parse text that should be one JSON object; an empty object when it is not."""
    try:
        return as_object(parse_json(text))
    except ValueError:
        return {}


def as_object(value: Json) -> JsonObject:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """The value when it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def as_objects(value: Json) -> list[JsonObject]:
    """The objects of an array; anything else in it is left out."""
    return [entry for entry in as_list(value) if isinstance(entry, dict)]


def as_text(value: Json) -> str:
    """The value when it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def as_texts(value: Json) -> list[str]:
    """The non-blank strings of an array."""
    return [entry for entry in as_list(value) if isinstance(entry, str) and entry.strip()]
