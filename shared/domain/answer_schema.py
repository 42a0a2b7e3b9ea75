"""Fitting a model's answer to the schema it was asked for, where the endpoint did not see to that.

Repaired is what has one sensible reading: a list that is null or missing is empty, a score that is
missing or no number is 0.5, one object in the place of a list is a list of one, a text in the place
of an object is that object's main text and the other way round, an unknown value of an enum is the
one that it is a form of, or the one that stands for all others.

An entry of a list that cannot be read so is left out. If a list of the answer itself holds
something, and nothing that can be read, the whole is unfit, and asked for again; a list within an
entry never makes it so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

type Schema = Mapping[str, Any]

_MISSING_SCORE = 0.5
_STANDS_FOR_OTHERS = ("other", "unknown", "behavioral_policy")
_NOTHING: tuple[Any, ...] = (None, "", {}, [])
_SHORTEST_STEM = 4  # characters of a word that tell which one it is


class UnfitAnswerError(ValueError):
    """The answer cannot be read as the schema says; the message names the place, no content."""


@dataclass(frozen=True, slots=True)
class FittedAnswer:
    """An answer as its schema wants it; `left_out` are the entries that its lists are without.

    They are given by their places in the lists as they were, under the lists' names.
    """

    data: dict[str, Any]
    left_out: dict[str, list[int]]


def fit_answer(answer: Any, schema: Schema) -> FittedAnswer:
    """The answer as the schema wants it, without properties that it does not name.

    Raises:
        UnfitAnswerError: there is no sensible reading.
    """
    given = _read_object(answer, schema, "the answer")
    data: dict[str, Any] = {}
    left_out: dict[str, list[int]] = {}
    for name, each in schema["properties"].items():
        if each.get("type") != "array":
            data[name] = _fit(given.get(name), each, name)
            continue
        entries = _list_entries(given.get(name))
        fitting = _fit_entries(entries, each["items"], name)
        data[name] = list(fitting.values())
        if not fitting and any(entry not in _NOTHING for entry in entries):
            raise UnfitAnswerError(f"no entry of {name} can be read")
        if missing := [place for place in range(len(entries)) if place not in fitting]:
            left_out[name] = missing
    return FittedAnswer(data, left_out)


def _fit(value: Any, schema: Schema, place: str) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        return _fit_optional(value, schema, cast("list[str]", kind), place)
    if kind == "object":
        return _fit_object(value, schema, place)
    if kind == "array":
        return list(_fit_entries(_list_entries(value), schema["items"], place).values())
    if kind == "number":
        return _fit_score(value)
    return _fit_text(value, schema, place)


def _fit_optional(value: Any, schema: Schema, kinds: list[str], place: str) -> Any:
    if value is None or value == "":
        return None
    [kind] = [kind for kind in kinds if kind != "null"]
    try:
        return _fit(value, {**schema, "type": kind}, place)
    except UnfitAnswerError:
        return None


def _fit_object(value: Any, schema: Schema, place: str) -> dict[str, Any]:
    properties: Mapping[str, Schema] = schema["properties"]
    given = _read_object(value, schema, place)
    main = _find_main_text(properties)
    if main and not given.get(main):
        unnamed = [text for name, text in given.items() if name not in properties]
        given = {**given, main: next((t for t in unnamed if isinstance(t, str)), None)}
    return {
        name: _fit(given.get(name), each, f"{place}.{name}") for name, each in properties.items()
    }


def _read_object(value: Any, schema: Schema, place: str) -> dict[str, Any]:
    """The object; one that has a main text, and enums besides, is made of a text."""
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    properties: Mapping[str, Schema] = schema["properties"]
    main = _find_main_text(properties)
    if not main or not isinstance(value, str) or not value.strip():
        raise UnfitAnswerError(f"{place} is no object")
    return {name: value for name, each in properties.items() if name == main or "enum" in each}


def _find_main_text(properties: Mapping[str, Schema]) -> str | None:
    """The one property that is a free text and not optional."""
    if any(each.get("type") == "array" for each in properties.values()):
        return None
    texts = [
        n for n, each in properties.items() if each.get("type") == "string" and "enum" not in each
    ]
    return texts[0] if len(texts) == 1 else None


def _list_entries(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _fit_entries(entries: list[Any], items: Schema, name: str) -> dict[int, Any]:
    """The entries that can be read, by their places."""
    fitting: dict[int, Any] = {}
    for place, entry in enumerate(entries):
        if entry in _NOTHING:
            continue
        try:
            fitting[place] = _fit(entry, items, f"{name}[]")
        except UnfitAnswerError:
            continue
    return fitting


def _fit_score(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return _MISSING_SCORE
    try:
        if isinstance(value, str) and value.strip().endswith("%"):
            return float(value.strip()[:-1]) / 100
        return float(value)
    except (ValueError, OverflowError):
        return _MISSING_SCORE


def _fit_text(value: Any, schema: Schema, place: str) -> str:
    text = _read_text(value)
    if text is None:
        raise UnfitAnswerError(f"{place} is no text")
    return _fit_option(text, cast("list[str]", schema["enum"]), place) if "enum" in schema else text


def _read_text(value: Any) -> str | None:
    """The text; of a list the only one, of an object the first that it holds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        entries = cast("list[Any]", value)
        return entries[0] if len(entries) == 1 and isinstance(entries[0], str) else None
    if isinstance(value, dict):
        held = cast("dict[str, Any]", value).values()
        return next((text for text in held if isinstance(text, str) and text.strip()), None)
    return value if isinstance(value, str) else None


def _fit_option(text: str, options: list[str], place: str) -> str:
    word = "_".join(text.casefold().replace("-", " ").split())
    if word in options:
        return word
    for option in options:
        is_stem = word.startswith(option) or option.startswith(word)
        if is_stem and len(word) >= _SHORTEST_STEM:
            return option
    for option in _STANDS_FOR_OTHERS:
        if option in options:
            return option
    raise UnfitAnswerError(f"{place} is none of its values")
