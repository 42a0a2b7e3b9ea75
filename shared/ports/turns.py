"""The turns that agents write."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from shared.domain.turns import ThreadKey, Turn


class TurnReader(Protocol):
    """The turns container."""

    async def read(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[Turn]:
        """Those of the turns that still exist, in the order asked for."""
        ...

    def scan(self, since: int, until: int) -> AsyncIterator[list[dict[str, Any]]]:
        """Pages of turns of all users last written in [since, until) Unix seconds, oldest first.

        Ids and times, no content. The one read that names no user: it finds turns that the trigger
        never saw.
        """
        ...
