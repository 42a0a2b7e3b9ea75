"""Equality, order and identity of values; what counts as a number.

Equality is defined between all defined values; values of different types are not equal. `<` and its
kin are defined between two values of one scalar type only. ORDER BY alone knows an order across
types: undefined, null, booleans, numbers, strings, arrays, objects.
"""

import math

from local.cosmos.values import Json, Undefined, Value, write_json

type OrderKey = tuple[int, bool | float | int | str]

_LARGEST_EXACT = 2**53


def equal(left: Value, right: Value) -> bool:
    """Whether two defined values are the same, 1 and 1.0 included and 1 and true excluded."""
    left_type = type(left)
    if left_type is type(right):
        if isinstance(left, list) and isinstance(right, list):
            return len(left) == len(right) and all(map(equal, left, right))
        if isinstance(left, dict) and isinstance(right, dict):
            return left.keys() == right.keys() and all(
                equal(value, right[name]) for name, value in left.items()
            )
        return left == right
    return is_number(left) and is_number(right) and left == right


def is_number(value: Value) -> bool:
    """Whether a value is a JSON number (which true and false are not)."""
    kind = type(value)
    return kind is int or kind is float


def whole_number(value: Value) -> int | None:
    """The integer that a value is, also one written 2.0; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def compare(left: Value, right: Value) -> int | None:
    """Negative, zero or positive; None where `<` is not defined between the two."""
    if left != left or right != right:  # what is no number (NaN) has no place in any order
        return None
    left_rank, left_value = order_key(left)
    right_rank, right_value = order_key(right)
    if left_rank != right_rank or left_rank in _UNORDERED:
        return None
    return _sign(left_value, right_value)


def _sign(left: bool | float | int | str, right: bool | float | int | str) -> int:
    # Both come from order_key with one rank, so both are text or both are numbers.
    if isinstance(left, str) or isinstance(right, str):
        return (str(left) > str(right)) - (str(left) < str(right))
    return (left > right) - (left < right)


_UNORDERED = (0, 5, 6)


def order_key(value: Value) -> OrderKey:
    """A key that sorts values of all types; arrays and objects sort by their text."""
    match value:
        case str():
            return 4, value
        case bool():
            return 2, value
        case int() | float():
            return 3, value
        case None:
            return 1, 0
        case list():
            return 5, identity(value)
        case dict():
            return 6, identity(value)
        case Undefined():
            return 0, 0


def identity(value: Value) -> str:
    """Text that is the same for equal values only, for DISTINCT and GROUP BY."""
    if isinstance(value, Undefined):
        return ""
    return write_json(_canonical(value)).decode()


def _canonical(value: Json) -> Json:
    match value:
        case float():
            # JSON has no infinity; no document has this property, so the text is its own.
            return normalise_number(value) if math.isfinite(value) else {"\0": str(value)}
        case list():
            return [_canonical(entry) for entry in value]
        case dict():
            return {name: _canonical(value[name]) for name in sorted(value)}
        case _:
            return value


def normalise_number(value: float) -> int | float:
    """A whole number as an int where that is exact, as the service writes it."""
    if value.is_integer() and abs(value) <= _LARGEST_EXACT:
        return int(value)
    return value


def double(value: float) -> int | float:
    """A result of arithmetic, which is that of IEEE doubles: it may be infinite, or no number."""
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_EXACT else float(value)
    return normalise_number(value)


def has_infinity(value: Value) -> bool:
    """Whether a number in it, at any depth, has no form in JSON: infinity, or none at all."""
    match value:
        case float():
            return not math.isfinite(value)
        case list():
            return any(map(has_infinity, value))
        case dict():
            return any(map(has_infinity, value.values()))
        case _:
            return False
