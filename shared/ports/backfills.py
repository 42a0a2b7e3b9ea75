"""Backfills: their documents, and the threads that they walk over."""

from typing import Protocol

from shared.domain.backfill import Backfill, BackfillRequest
from shared.domain.turns import ThreadKey
from shared.ports.versions import Versioned


class BackfillLog(Protocol):
    """What is kept of backfills; one document each."""

    async def load(self, backfill_id: str) -> Versioned[Backfill] | None:
        """The backfill, or None."""
        ...

    async def list_all(self) -> list[Backfill]:
        """The backfills that are under way or have ended in the last month, newest first."""
        ...

    async def begin(self, request: BackfillRequest, now: float) -> tuple[Backfill, bool]:
        """The backfill of a request, begun with a generation of its own; whether it is new.

        One that is under way is joined.
        """
        ...

    async def save(self, backfill: Backfill, etag: str) -> None:
        """Replace the document; ConflictError if it is not the one with this ETag any more."""
        ...

    async def next_threads(
        self, user_id: str | None, after: ThreadKey | None, limit: int
    ) -> list[ThreadKey]:
        """Threads with counted turns that follow a thread, of one user or (None) of all.

        In the order of user and thread ids, each thread once; none only at the end.
        """
        ...
