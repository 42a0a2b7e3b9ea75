"""Arithmetic on integers of 64 bits, which wraps around as in C; undefined for anything else."""

from collections.abc import Callable

from local.cosmos.sql.comparison import whole_number
from local.cosmos.sql.functions.registry import FUNCTIONS, Function
from local.cosmos.values import UNDEFINED, Value

_BITS = 64


def is_integer64(value: Value) -> bool:
    """Whether a value is a number that 64 bits hold with a sign."""
    whole = whole_number(value)
    return whole is not None and -(2 ** (_BITS - 1)) <= whole < 2 ** (_BITS - 1)


def _wrap(value: int) -> int:
    half: int = 2 ** (_BITS - 1)
    return (value + half) % 2**_BITS - half


def _on_integers(compute: Callable[..., int]) -> Callable[..., Value]:
    def apply(*arguments: Value) -> Value:
        whole = [number for value in arguments if (number := whole_number(value)) is not None]
        if len(whole) < len(arguments) or not all(map(is_integer64, arguments)):
            return UNDEFINED
        try:
            return _wrap(compute(*whole))
        except ZeroDivisionError:
            return UNDEFINED

    return apply


def _quotient(left: int, right: int) -> int:
    """Cut towards zero."""
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size


def _remainder(left: int, right: int) -> int:
    return left - right * _quotient(left, right)


_OF_TWO: dict[str, Callable[[int, int], int]] = {
    "INTADD": lambda left, right: left + right,
    "INTSUB": lambda left, right: left - right,
    "INTMUL": lambda left, right: left * right,
    "INTDIV": _quotient,
    "INTMOD": _remainder,
    "INTBITAND": lambda left, right: left & right,
    "INTBITOR": lambda left, right: left | right,
    "INTBITXOR": lambda left, right: left ^ right,
    "INTBITLEFTSHIFT": lambda left, right: left << (right % _BITS),
    "INTBITRIGHTSHIFT": lambda left, right: left >> (right % _BITS),
}
for _name, _combine in _OF_TWO.items():
    FUNCTIONS[_name] = Function(2, 2, _on_integers(_combine))
FUNCTIONS["INTBITNOT"] = Function(1, 1, _on_integers(int.__invert__))
