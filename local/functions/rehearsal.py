"""Trouble on order: a worker that dies or is slow at a named point, so that an app can be tried.

Nothing happens unless it was ordered through the routes of rehearsal_routes.py.
"""

import asyncio
import logging
import os
import signal
from typing import Literal, TypeGuard, get_args

logger = logging.getLogger("Host.Rehearsal")

type Point = Literal[
    "before function",
    "after function",
    "after checkpoint",
    "before activity",
    "after activity",
    "before orchestrator turn",
    "after orchestrator turn",
]
"""A moment of the host's work. "after" is when the app's code ended and nothing is recorded yet."""

POINTS: tuple[str, ...] = get_args(Point.__value__)


def is_point(text: object) -> TypeGuard[Point]:
    """Say whether a text names a point."""
    return text in POINTS


class Rehearsal:
    """What was ordered to happen at each point."""

    def __init__(self) -> None:
        self._passes_until_crash: dict[Point, int] = {}
        self._delays: dict[Point, float] = {}

    async def reach(self, point: Point) -> None:
        """Come to a point: go on at once, or late, or (the process) never."""
        if not self._delays and not self._passes_until_crash:
            return
        delay = self._delays.get(point)
        if delay:
            await asyncio.sleep(delay)
        passes = self._passes_until_crash.get(point)
        if passes is None:
            return
        if passes > 0:
            self._passes_until_crash[point] = passes - 1
            return
        logger.warning("Rehearsal: this process ends itself now, %s.", point)
        os.kill(os.getpid(), signal.SIGKILL)

    def order_crash(self, point: Point, skip: int) -> None:
        """Let the process end itself as kill -9 would, once the point was passed `skip` times."""
        self._passes_until_crash[point] = skip

    def order_delay(self, point: Point, seconds: float) -> None:
        """Let everything that comes to the point wait there; 0 ends that."""
        if seconds:
            self._delays[point] = seconds
        else:
            self._delays.pop(point, None)

    def clear(self) -> None:
        """Forget every order."""
        self._passes_until_crash.clear()
        self._delays.clear()

    def describe(self) -> dict[str, dict[Point, float]]:
        """What is ordered: passes left until a crash, and delays in milliseconds, by point."""
        return {
            "crashes": {**self._passes_until_crash},
            "delays": {point: seconds * 1000 for point, seconds in self._delays.items()},
        }
