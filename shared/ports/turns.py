"""The turns that agents write."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from shared.domain.turns import ThreadKey, Turn


class TurnReader(Protocol):
    """The turns container."""

    async def read(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[Turn]:
        """Those of the turns that still exist, in the order asked for."""
        ...

    def scan(
        self, since: int, until: int, *, user_id: str | None = None, page_size: int = 500
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """Pages of turns last written in [since, until) Unix seconds, oldest first.

        Of a user, or (None) of all: the one read that may name no user, as it finds turns that the
        trigger never saw. Ids and times, no content.
        """
        ...
