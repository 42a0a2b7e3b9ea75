"""The time."""

from typing import Protocol


class Clock(Protocol):
    """The time."""

    def now(self) -> float:
        """Unix time in seconds."""
        ...
