"""Whether an orchestrator's turns are quick enough to be taken on the loop's thread."""

import time
from collections.abc import Callable

# How often in a row it must have been quick, and how quick that is.
_PROOFS = 20
_QUICK_SECONDS = 0.05


class Pace:
    """How quick one orchestrator was the last times. Unknown at first, so not quick."""

    __slots__ = ("_quick_in_a_row",)

    def __init__(self) -> None:
        self._quick_in_a_row = 0

    @property
    def is_quick(self) -> bool:
        """Whether all of its last turns were quick."""
        return self._quick_in_a_row >= _PROOFS

    def time[T](self, turn: Callable[[], T]) -> T:
        """Take a turn, and remember whether it was quick; one that failed counts too."""
        began = time.perf_counter()
        try:
            return turn()
        finally:
            is_quick = time.perf_counter() - began < _QUICK_SECONDS
            self._quick_in_a_row = self._quick_in_a_row + 1 if is_quick else 0
