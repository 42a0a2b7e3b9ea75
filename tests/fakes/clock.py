"""A clock that stands still until it is set."""

import time


class SettableClock:
    """Implements shared.ports.Clock; it starts at the real time, as the store's stamps do.

    With a `tick` it moves on by so many seconds whenever it is looked at.
    """

    def __init__(self) -> None:
        self._now = time.time()
        self.tick = 0.0

    def now(self) -> float:
        self._now += self.tick
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def catch_up(self) -> None:
        """Not to be behind the store's stamps, where it has stood still for long."""
        self._now = max(self._now, time.time())
