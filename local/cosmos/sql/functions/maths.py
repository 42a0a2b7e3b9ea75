"""Mathematical functions."""

import math
import random
from collections.abc import Callable

from local.cosmos.sql.comparison import is_number, number_or_undefined
from local.cosmos.sql.functions.registry import FUNCTIONS, Function, scalar
from local.cosmos.values import UNDEFINED, Value


def _on_numbers(compute: Callable[..., float]) -> Callable[..., Value]:
    def apply(*arguments: Value) -> Value:
        if not all(is_number(argument) for argument in arguments):
            return UNDEFINED
        try:
            return number_or_undefined(compute(*arguments))
        except (ValueError, ZeroDivisionError, OverflowError):
            return UNDEFINED  # outside the function's domain

    return apply


def _round_half_away(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _sign(value: float) -> float:
    return (value > 0) - (value < 0)


_OF_ONE: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEILING": math.ceil,
    "FLOOR": math.floor,
    "TRUNC": math.trunc,
    "SIGN": _sign,
    "SQRT": math.sqrt,
    "SQUARE": lambda value: value * value,
    "EXP": math.exp,
    "LOG10": math.log10,
    "SIN": math.sin,
    "COS": math.cos,
    "TAN": math.tan,
    "ASIN": math.asin,
    "ACOS": math.acos,
    "ATAN": math.atan,
    "COT": lambda value: 1 / math.tan(value),
    "DEGREES": math.degrees,
    "RADIANS": math.radians,
}
_OF_TWO: dict[str, Callable[[float, float], float]] = {
    "POWER": math.pow,
    "ATN2": math.atan2,
}
for _name, _compute in _OF_ONE.items():
    FUNCTIONS[_name] = Function(1, 1, _on_numbers(_compute))
for _name, _combine in _OF_TWO.items():
    FUNCTIONS[_name] = Function(2, 2, _on_numbers(_combine))


@scalar("ROUND", 1, 2)
def _round_number(value: Value, digits: Value = 0) -> Value:
    if not isinstance(digits, int):
        return UNDEFINED
    scale = 10.0**digits

    def compute(number: float) -> float:
        return _round_half_away(number * scale) / scale

    return _on_numbers(compute)(value)


@scalar("LOG", 1, 2)
def _log(value: Value, base: Value = math.e) -> Value:
    return _on_numbers(math.log)(value, base) if base != math.e else _on_numbers(math.log)(value)


@scalar("NUMBERBIN", 1, 2)
def _number_bin(value: Value, size: Value = 1) -> Value:
    return _on_numbers(_bin)(value, size)


def _bin(number: float, width: float) -> float:
    return math.floor(number / width) * width


@scalar("PI", 0)
def _pi() -> Value:
    return math.pi


@scalar("RAND", 0)
def _rand() -> Value:
    return random.random()


def _on_integers(compute: Callable[[int, int], int]) -> Callable[..., Value]:
    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, bool) or isinstance(right, bool):
            return UNDEFINED
        if not isinstance(left, int) or not isinstance(right, int):
            return UNDEFINED
        try:
            return number_or_undefined(compute(left, right))
        except ZeroDivisionError:
            return UNDEFINED

    return apply


def _quotient(left: int, right: int) -> int:
    return int(math.copysign(abs(left) // abs(right), left * right)) if left else 0 // right


def _remainder(left: int, right: int) -> int:
    return left - right * _quotient(left, right)


_OF_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "INTADD": lambda left, right: left + right,
    "INTSUB": lambda left, right: left - right,
    "INTMUL": lambda left, right: left * right,
    "INTDIV": _quotient,
    "INTMOD": _remainder,
    "INTBITAND": lambda left, right: left & right,
    "INTBITOR": lambda left, right: left | right,
    "INTBITXOR": lambda left, right: left ^ right,
}
for _name, _whole in _OF_INTEGERS.items():
    FUNCTIONS[_name] = Function(2, 2, _on_integers(_whole))
