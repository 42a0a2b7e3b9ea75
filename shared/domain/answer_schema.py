"""Fitting a model's answer to the schema it was asked for, where the endpoint did not see to that.

Repaired is what has one sensible reading: a list that is null or missing is empty, a missing score
is 0.5, an unknown category is `other`, one object in the place of a list is a list of one. An entry
of a list that cannot be read so is left out, unless no entry can be read: the answer is then unfit
as a whole, and asked for again.
"""

from collections.abc import Mapping
from typing import Any, cast

type Schema = Mapping[str, Any]

_MISSING_SCORE = 0.5
_OTHER = "other"


class UnfitAnswerError(ValueError):
    """The answer cannot be read as the schema says; the message names the place, no content."""


def fit_answer(value: Any, schema: Schema, place: str = "the answer") -> Any:
    """The value as the schema wants it, without properties that it does not name.

    Raises:
        UnfitAnswerError: there is no sensible reading.
    """
    kind = schema.get("type")
    if isinstance(kind, list):
        return _fit_optional(value, schema, cast("list[str]", kind), place)
    if kind == "object":
        return _fit_object(value, schema, place)
    if kind == "array":
        return _fit_list(value, schema["items"], place)
    if kind in ("number", "integer"):
        return _fit_number(value, place, whole=kind == "integer")
    if kind == "boolean":
        if isinstance(value, bool):
            return value
        raise UnfitAnswerError(f"{place} is neither true nor false")
    return _fit_text(value, schema, place)


def _fit_optional(value: Any, schema: Schema, kinds: list[str], place: str) -> Any:
    if value is None or value == "":
        return None
    [kind] = [kind for kind in kinds if kind != "null"]
    options = [each for each in schema["enum"] if each is not None] if "enum" in schema else []
    narrowed: dict[str, Any] = {**schema, "type": kind, **({"enum": options} if options else {})}
    try:
        return fit_answer(value, narrowed, place)
    except UnfitAnswerError:
        return None


def _fit_object(value: Any, schema: Schema, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnfitAnswerError(f"{place} is no object")
    given = cast("dict[str, Any]", value)
    properties: Mapping[str, Schema] = schema["properties"]
    return {
        name: fit_answer(given.get(name), each, f"{place}.{name}")
        for name, each in properties.items()
    }


def _fit_list(value: Any, items: Schema, place: str) -> list[Any]:
    if value is None:
        return []
    entries = cast("list[Any]", value) if isinstance(value, list) else [value]
    fitting: list[Any] = []
    problem: UnfitAnswerError | None = None
    for entry in entries:
        try:
            fitting.append(fit_answer(entry, items, f"{place}[]"))
        except UnfitAnswerError as error:
            problem = error
    if problem and not fitting:
        raise problem
    return fitting


def _fit_number(value: Any, place: str, *, whole: bool) -> float | int:
    if value is None and not whole:
        return _MISSING_SCORE
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        number = float(value)
        return int(number) if whole else number
    except (ValueError, OverflowError):
        raise UnfitAnswerError(f"{place} is no number") from None


def _fit_text(value: Any, schema: Schema, place: str) -> str:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise UnfitAnswerError(f"{place} is no text")
    if "enum" not in schema:
        return text
    options = cast("list[str]", schema["enum"])
    named = {option.casefold(): option for option in options}
    found = named.get(text.strip().casefold()) or named.get(_OTHER)
    if found is None:
        raise UnfitAnswerError(f"{place} is none of its values")
    return found
