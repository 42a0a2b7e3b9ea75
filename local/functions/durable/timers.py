"""Timers of orchestration runs, all on the event loop: none of them holds a thread."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

# The loop counts in milliseconds and may be early by less than one; a durable timer never is.
_ROUNDING_SECONDS = 0.001


class RunTimers:
    """Timers by the instance they belong to, so that they end with its run."""

    def __init__(self) -> None:
        self._handles: dict[str, set[asyncio.TimerHandle]] = {}

    def schedule(self, instance_id: str, fire_at: datetime, fire: Callable[[], None]) -> None:
        """Call `fire` at a moment; one in the past is now."""
        handles = self._handles.setdefault(instance_id, set())

        def run() -> None:
            handles.discard(handle)
            if not handles:
                self._handles.pop(instance_id, None)
            fire()

        handle = call_at(fire_at, run)
        handles.add(handle)

    def cancel(self, instance_id: str) -> None:
        """Forget every timer of an instance."""
        for handle in self._handles.pop(instance_id, ()):
            handle.cancel()


def call_at(fire_at: datetime, callback: Callable[[], None]) -> asyncio.TimerHandle:
    """Call a function at a moment of the wall clock; one in the past is now."""
    delay = (fire_at - datetime.now(UTC)).total_seconds() + _ROUNDING_SECONDS
    return asyncio.get_running_loop().call_later(max(0.0, delay), callback)
