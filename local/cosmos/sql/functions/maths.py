"""Mathematical functions, on doubles as in C: outside its domain a function is no number (NaN)."""

import math
import random
from collections.abc import Callable

from local.cosmos.sql.comparison import double, is_number, whole_number
from local.cosmos.sql.functions.registry import FUNCTIONS, Function, scalar
from local.cosmos.values import UNDEFINED, Value

_MOST_DIGITS = 15  # a double has no more


def _on_numbers(compute: Callable[..., float]) -> Callable[..., Value]:
    def apply(*arguments: Value) -> Value:
        if not all(is_number(argument) for argument in arguments):
            return UNDEFINED
        try:
            return double(compute(*arguments))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return apply


def _to_whole(compute: Callable[[float], int]) -> Callable[[float], float]:
    """Infinity, and what is no number, stay what they are."""
    return lambda value: compute(value) if math.isfinite(value) else value


def _round_half_away(value: float) -> int:
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def _sign(value: float) -> float:
    return value if math.isnan(value) else (value > 0) - (value < 0)


def _power(base: float, exponent: float) -> float:
    if base == 0 and exponent < 0:
        return math.inf
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 else math.inf


def _logarithm(value: float) -> float:
    return math.log(value) if value else -math.inf


def _cotangent(value: float) -> float:
    slope = math.tan(value)
    return 1 / slope if slope else math.inf


_OF_ONE: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEILING": _to_whole(math.ceil),
    "FLOOR": _to_whole(math.floor),
    "TRUNC": _to_whole(math.trunc),
    "SIGN": _sign,
    "SQRT": math.sqrt,
    "SQUARE": lambda value: float(value) * float(value),
    "EXP": math.exp,
    "LOG10": lambda value: math.log10(value) if value else -math.inf,
    "SIN": math.sin,
    "COS": math.cos,
    "TAN": math.tan,
    "ASIN": math.asin,
    "ACOS": math.acos,
    "ATAN": math.atan,
    "COT": _cotangent,
    "DEGREES": math.degrees,
    "RADIANS": math.radians,
}
_OF_TWO: dict[str, Callable[[float, float], float]] = {
    "POWER": _power,
    "ATN2": math.atan2,
}
for _name, _compute in _OF_ONE.items():
    FUNCTIONS[_name] = Function(1, 1, _on_numbers(_compute))
for _name, _combine in _OF_TWO.items():
    FUNCTIONS[_name] = Function(2, 2, _on_numbers(_combine))


@scalar("ROUND", 1, 2)
def _round_number(value: Value, digits: Value = 0) -> Value:
    places = whole_number(digits)
    if places is None or abs(places) > _MOST_DIGITS:
        return UNDEFINED
    scale = 10.0**places
    rounded = _on_numbers(_to_whole(lambda number: _round_half_away(number * scale)))(value)
    return double(rounded / scale) if isinstance(rounded, int | float) else rounded


@scalar("LOG", 1, 2)
def _log(value: Value, base: Value = math.e) -> Value:
    if base == math.e:
        return _on_numbers(_logarithm)(value)
    return _on_numbers(_logarithm_to_base)(value, base)


def _logarithm_to_base(value: float, base: float) -> float:
    if value > 0 and base > 0 and base != 1:
        return math.log10(value) if base == 10 else math.log(value, base)
    return math.nan


@scalar("NUMBERBIN", 1, 2)
def _number_bin(value: Value, size: Value = 1) -> Value:
    return _on_numbers(_bin)(value, size) if size != 0 else UNDEFINED


def _bin(number: float, width: float) -> float:
    if not math.isfinite(number / width):
        return math.nan
    count = math.floor(number / width)
    # 377 / 10 is 37.7 where 377 * 0.1 is not quite.
    inverse = 1 / width
    return count / round(inverse) if inverse.is_integer() else count * width


@scalar("PI", 0)
def _pi() -> Value:
    return math.pi


@scalar("RAND", 0)
def _rand() -> Value:
    return random.random()
