"""How long to wait after trouble."""

import asyncio

_SHORTEST_SECONDS = 0.25
_LONGEST_SECONDS = 5.0


class BackOff:
    """Waits twice as long after each trouble, up to a limit."""

    def __init__(self) -> None:
        self._next = _SHORTEST_SECONDS

    def reset(self) -> None:
        """Begin with the shortest wait again, because something went well."""
        self._next = _SHORTEST_SECONDS

    async def wait(self) -> None:
        """Wait, and make the next wait longer."""
        await asyncio.sleep(self._next)
        self._next = min(2 * self._next, _LONGEST_SECONDS)
