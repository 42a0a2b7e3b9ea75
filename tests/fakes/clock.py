"""A clock that stands still until it is set."""

import time


class SettableClock:
    """Implements shared.ports.Clock; it starts at the real time, as the store's stamps do."""

    def __init__(self) -> None:
        self._now = time.time()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds
