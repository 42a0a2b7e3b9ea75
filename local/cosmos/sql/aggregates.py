"""COUNT, SUM, MIN, MAX and AVG: fed one value per row. Undefined values never count."""

from collections.abc import Callable
from typing import Protocol

from local.cosmos.sql.comparison import OrderKey, double, is_number, order_key
from local.cosmos.values import UNDEFINED, Undefined, Value


class Accumulator(Protocol):
    """One aggregate of one group."""

    def add(self, value: Value) -> None:
        """Take the next row's value."""
        ...

    def result(self) -> Value:
        """The aggregate of all values taken."""
        ...


class _Count:
    def __init__(self) -> None:
        self._count = 0

    def add(self, value: Value) -> None:
        if not isinstance(value, Undefined):
            self._count += 1

    def result(self) -> Value:
        return self._count


class _Sum:
    """The sum of numbers; of nothing 0; of anything else undefined."""

    def __init__(self) -> None:
        self.total: float = 0
        self.count = 0
        self.valid = True

    def add(self, value: Value) -> None:
        if isinstance(value, Undefined):
            return
        if isinstance(value, int | float) and is_number(value):
            self.total += value
            self.count += 1
        else:
            self.valid = False

    def result(self) -> Value:
        return double(self.total) if self.valid else UNDEFINED


class _Average(_Sum):
    def result(self) -> Value:
        if not self.valid or not self.count:
            return UNDEFINED
        return double(self.total / self.count)


class _Extreme:
    """The least or greatest scalar, in the order of ORDER BY; undefined with arrays or objects."""

    def __init__(self, *, greatest: bool) -> None:
        self._greatest = greatest
        self._best: tuple[OrderKey, Value] | None = None
        self._valid = True

    def add(self, value: Value) -> None:
        if isinstance(value, list | dict):
            self._valid = False
        elif not isinstance(value, Undefined):
            key = order_key(value)
            if self._best is None or (key > self._best[0]) == self._greatest:
                self._best = key, value

    def result(self) -> Value:
        return self._best[1] if self._valid and self._best else UNDEFINED


FACTORIES: dict[str, Callable[[], Accumulator]] = {
    "COUNT": _Count,
    "SUM": _Sum,
    "AVG": _Average,
    "MIN": lambda: _Extreme(greatest=False),
    "MAX": lambda: _Extreme(greatest=True),
}
