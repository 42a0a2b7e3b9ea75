"""Removing the histories of orchestrations that ended long ago: they name users and threads."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from shared.ports import Clock

_PAUSE = 3600.0
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


class PurgingClient(Protocol):
    """The part of the Durable Functions client that purges, as 1.7.0 and 2.x have it."""

    async def purge_instance_history_by(
        self,
        created_time_from: datetime | None = None,
        created_time_to: datetime | None = None,
        runtime_status: Any = None,
    ) -> Any:
        """Delete instances created in a span that have one of the statuses."""
        ...


class PurgeHistory:
    """Purges once an hour what is older than it has to be kept."""

    def __init__(self, clock: Clock, keep_seconds: float) -> None:
        """Keep histories that long; 0 keeps them for ever."""
        self._clock = clock
        self._keep = keep_seconds
        self._next_at = 0.0

    async def run(self, client: PurgingClient, ended: list[Any]) -> int | None:
        """How many instances were purged of those with an `ended` status; None if it was no time.

        Raises whatever the client raises; the next hour tries again.
        """
        now = self._clock.now()
        if not self._keep or now < self._next_at:
            return None
        self._next_at = now + min(_PAUSE, self._keep)
        until = datetime.fromtimestamp(now, UTC) - timedelta(seconds=self._keep)
        result = await client.purge_instance_history_by(_BEGINNING, until, ended)
        return int(getattr(result, "instances_deleted", 0) or 0)
