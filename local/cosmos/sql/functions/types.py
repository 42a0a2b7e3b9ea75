"""Type checks and conversions."""

import math

from local.cosmos.sql.comparison import is_number, normalise_number
from local.cosmos.sql.functions.integers import is_integer64
from local.cosmos.sql.functions.registry import scalar
from local.cosmos.values import UNDEFINED, Json, Undefined, Value, read_json, write_json


@scalar("IS_DEFINED", 1)
def _is_defined(value: Value) -> Value:
    return value is not UNDEFINED


@scalar("IS_NULL", 1)
def _is_null(value: Value) -> Value:
    return value is None


@scalar("IS_BOOL", 1)
def _is_bool(value: Value) -> Value:
    return isinstance(value, bool)


@scalar("IS_NUMBER", 1)
def _is_a_number(value: Value) -> Value:
    return is_number(value)


@scalar("IS_FINITE_NUMBER", 1)
def _is_finite_number(value: Value) -> Value:
    return isinstance(value, int | float) and is_number(value) and math.isfinite(value)


@scalar("IS_INTEGER", 1)
def _is_integer(value: Value) -> Value:
    return is_integer64(value)


@scalar("IS_STRING", 1)
def _is_string(value: Value) -> Value:
    return isinstance(value, str)


@scalar("IS_ARRAY", 1)
def _is_array(value: Value) -> Value:
    return isinstance(value, list)


@scalar("IS_OBJECT", 1)
def _is_object(value: Value) -> Value:
    return isinstance(value, dict)


@scalar("IS_PRIMITIVE", 1)
def _is_primitive(value: Value) -> Value:
    return not isinstance(value, list | dict | Undefined)


@scalar("IIF", 3)
def _iif(condition: Value, yes: Value, no: Value) -> Value:
    return yes if condition is True else no


@scalar("TOSTRING", 1)
def _to_string(value: Value) -> Value:
    match value:
        case Undefined():
            return UNDEFINED
        case str():
            return value
        case float():
            return _number_text(value)
        case _:
            return write_json(_as_written(value)).decode()


def _as_written(value: Json) -> Json:
    """The value with whole numbers written as such, also 1.0, at any depth."""
    match value:
        case float():
            return normalise_number(value)
        case list():
            return [_as_written(entry) for entry in value]
        case dict():
            return {name: _as_written(entry) for name, entry in value.items()}
        case _:
            return value


def _number_text(value: float) -> str:
    if math.isfinite(value):
        return write_json(normalise_number(value)).decode()
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _parse(text: Value) -> Value:
    if not isinstance(text, str):
        return UNDEFINED
    try:
        return read_json(text)
    except ValueError:
        return UNDEFINED


def _parse_as(text: Value, *kinds: type[Json]) -> Value:
    parsed = _parse(text)
    return parsed if type(parsed) in kinds else UNDEFINED


@scalar("STRINGTONUMBER", 1)
def _string_to_number(text: Value) -> Value:
    number = _parse_as(text, int, float)
    return normalise_number(number) if isinstance(number, float) else number


@scalar("STRINGTOBOOLEAN", 1)
def _string_to_boolean(text: Value) -> Value:
    return _parse_as(text, bool)


@scalar("STRINGTONULL", 1)
def _string_to_null(text: Value) -> Value:
    return _parse_as(text, type(None))


@scalar("STRINGTOARRAY", 1)
def _string_to_array(text: Value) -> Value:
    return _parse_as(text, list)


@scalar("STRINGTOOBJECT", 1)
def _string_to_object(text: Value) -> Value:
    return _parse_as(text, dict)
