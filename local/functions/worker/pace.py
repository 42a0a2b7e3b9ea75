"""Whether an orchestrator's turns are quick enough to be taken on the loop's thread."""

import time
from collections.abc import Callable

_QUICK_SECONDS = 0.05

# How often it must have been quick. A slow turn undoes many quick ones, and not all: a busy machine
# stops everybody now and then, while an orchestrator that blocks does so again.
_PROVEN = 20
_MOST = 100
_SLOW_COSTS = 60


class Pace:
    """How quick one orchestrator was the last times. Unknown at first, so not quick."""

    __slots__ = ("_standing",)

    def __init__(self) -> None:
        self._standing = 0

    @property
    def is_quick(self) -> bool:
        """Whether its last turns were quick, all but a rare one."""
        return self._standing >= _PROVEN

    def time[T](self, turn: Callable[[], T]) -> T:
        """Take a turn, and remember whether it was quick; one that failed counts too."""
        began = time.perf_counter()
        try:
            return turn()
        finally:
            is_quick = time.perf_counter() - began < _QUICK_SECONDS
            change = 1 if is_quick else -_SLOW_COSTS
            self._standing = max(0, min(_MOST, self._standing + change))
