"""What operators do with values, undefined and all."""

import math
import re
from collections.abc import Callable
from functools import lru_cache

from local.cosmos.sql.comparison import compare, double, equal, is_number
from local.cosmos.values import UNDEFINED, Undefined, Value

type Operator = Callable[[Value, Value], Value]


def _equals(left: Value, right: Value) -> Value:
    if isinstance(left, Undefined) or isinstance(right, Undefined):
        return UNDEFINED
    return equal(left, right)


def _differs(left: Value, right: Value) -> Value:
    if isinstance(left, Undefined) or isinstance(right, Undefined):
        return UNDEFINED
    return not equal(left, right)


def _ordered(accept: Callable[[int], bool]) -> Operator:
    def apply(left: Value, right: Value) -> Value:
        order = compare(left, right)
        return UNDEFINED if order is None else accept(order)

    return apply


def _arithmetic(compute: Callable[[float, float], float]) -> Operator:
    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, int | float) and isinstance(right, int | float):
            if not is_number(left) or not is_number(right):
                return UNDEFINED
            return double(compute(left, right))
        return UNDEFINED

    return apply


def _product(left: float, right: float) -> float:
    # Whole numbers of more than 53 bits have no exact product: take the double's.
    return left * right if abs(left) < 2**53 and abs(right) < 2**53 else float(left) * float(right)


def _quotient(left: float, right: float) -> float:
    if right:
        return float(left) / float(right)
    return math.nan if not left else math.copysign(math.inf, left) * math.copysign(1.0, right)


def _remainder(left: float, right: float) -> float:
    # The sign is the dividend's, as in JavaScript.
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


def _bitwise(compute: Callable[[int, int], int]) -> Operator:
    def apply(left: Value, right: Value) -> Value:
        first, second = _as_int32(left), _as_int32(right)
        if first is None or second is None:
            return UNDEFINED
        return _wrap(compute(first, second))

    return apply


def _as_int32(value: Value) -> int | None:
    """A number as JavaScript's bit operators see it: cut to a whole one, and that to 32 bits."""
    if isinstance(value, int | float) and is_number(value):
        return _wrap(int(value)) if math.isfinite(value) else 0
    return None


def _wrap(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def _concatenate(left: Value, right: Value) -> Value:
    return left + right if isinstance(left, str) and isinstance(right, str) else UNDEFINED


BINARY: dict[str, Operator] = {
    "=": _equals,
    "!=": _differs,
    "<>": _differs,
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
    "+": _arithmetic(lambda left, right: left + right),
    "-": _arithmetic(lambda left, right: left - right),
    "*": _arithmetic(_product),
    "/": _arithmetic(_quotient),
    "%": _arithmetic(_remainder),
    "||": _concatenate,
    "&": _bitwise(lambda left, right: left & right),
    "|": _bitwise(lambda left, right: left | right),
    "^": _bitwise(lambda left, right: left ^ right),
    "<<": _bitwise(lambda left, right: left << (right & 31)),
    ">>": _bitwise(lambda left, right: left >> (right & 31)),
    ">>>": _bitwise(lambda left, right: (left % 2**32) >> (right & 31)),
}


def _negate(value: Value) -> Value:
    return -value if isinstance(value, int | float) and is_number(value) else UNDEFINED


def _keep_number(value: Value) -> Value:
    return value if is_number(value) else UNDEFINED


def _invert(value: Value) -> Value:
    number = _as_int32(value)
    return UNDEFINED if number is None else ~number


def _not(value: Value) -> Value:
    return not value if isinstance(value, bool) else UNDEFINED


PREFIX: dict[str, Callable[[Value], Value]] = {
    "-": _negate,
    "+": _keep_number,
    "~": _invert,
    "NOT": _not,
}


@lru_cache(maxsize=256)
def like_pattern(pattern: str, escape: str | None) -> re.Pattern[str]:
    """LIKE's pattern as a regular expression: % any text, _ one character, [a-f] and [^a-f] sets.

    Raises:
        re.error: a set is not one, like [z-a].
    """
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == escape and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
        elif character == "[" and "]" in pattern[at + 2 :]:
            end = pattern.index("]", at + 2)
            parts.append(_character_set(pattern[at + 1 : end]))
            at = end
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
        at += 1
    return re.compile("".join(parts), re.DOTALL)


def _character_set(inside: str) -> str:
    negated = inside.startswith("^")
    members = inside[1:] if negated else inside
    for special in ("\\", "[", "]", "^", "&", "~", "|"):
        members = members.replace(special, "\\" + special)
    return f"[{'^' if negated else ''}{members}]"
