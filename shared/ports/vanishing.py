"""What is asked and noted of turns that have vanished."""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any, Protocol

from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import ChunkTrace, SeenTurn, TurnContainer, VanishedTurns, Walk
from shared.ports.versions import Versioned


class TurnInventory(Protocol):
    """Which turns exist, without a look at what they say."""

    async def describe(self) -> TurnContainer:
        """The turns container itself."""
        ...

    async def existing(self, key: ThreadKey, among: Sequence[str] | None = None) -> set[str]:
        """The ids of the thread's turns; of those given only, where some are."""
        ...

    async def arrivals(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[dict[str, Any]]:
        """What TurnReader.scan gives, of those of the turns that exist."""
        ...


class TurnRemoval(Protocol):
    """Deletes turns that somebody wants erased."""

    async def threads(self, user_id: str) -> list[str]:
        """The user's threads that have turns, by id."""
        ...

    async def remove(self, key: ThreadKey, turn_ids: Sequence[str]) -> None:
        """Delete those of the turns that are there."""
        ...


class ThreadHistory(Protocol):
    """What is on record of a thread's turns, whether they exist or not."""

    def seen(self, key: ThreadKey) -> AsyncIterator[list[SeenTurn]]:
        """Pages of the turns that are in a committed chunk and not known to have vanished."""
        ...

    async def find_seen(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[SeenTurn]:
        """Those of the turns that are still on record."""
        ...

    async def chunks_of(self, key: ThreadKey, turn_ids: Collection[str]) -> list[ChunkTrace]:
        """The committed chunks with one of these turns, and the memories that came of them."""
        ...

    async def mark_vanished(
        self, state: ThreadState, etag: str, turn_ids: Sequence[str]
    ) -> Versioned[ThreadState]:
        """Write the state and mark these turns, at most 90, as vanished: all or nothing.

        ConflictError if the state is not the one with this ETag any more, or a mark has expired.
        """
        ...


class VanishingLog(Protocol):
    """How far the search for vanished turns is, and what it has found."""

    async def load_walk(self) -> Versioned[Walk]:
        """The walk that is under way, or the last one; before the first, one with no ETag."""
        ...

    async def save_walk(self, walk: Walk, etag: str) -> Versioned[Walk]:
        """Replace the walk; ConflictError if somebody else moved it first."""
        ...

    async def users_after(self, user_id: str, limit: int) -> list[str]:
        """Users with committed turns, by id, from the one after this."""
        ...

    async def threads_after(self, key: ThreadKey, limit: int) -> list[str]:
        """Threads of a user with committed turns, by id, from the one after this."""
        ...

    async def note(self, vanished: VanishedTurns) -> bool:
        """Store a note; False if one with this id is there, which stays."""
        ...

    async def due_notes(
        self, now: float, cleared: int, limit: int
    ) -> list[Versioned[VanishedTurns]]:
        """Notes of all users that are due, of walks up to `cleared`, longest due first."""
        ...

    async def save_note(self, vanished: VanishedTurns, etag: str) -> Versioned[VanishedTurns]:
        """Replace a note; ConflictError if somebody else has first."""
        ...

    async def drop_note(self, vanished: VanishedTurns) -> None:
        """Remove a note; one that is gone is as good."""
        ...
