"""The marks of turns that a generation opens again, and what it derives of them."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from shared.domain.dead_letters import DeadLetter
from shared.domain.reprocess import Reprocess, SeenMark
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from shared.ports.versions import Versioned


class GenerationLog(Protocol):
    """The marks and ledger records of turns, as a later generation reads and opens them."""

    async def closed_marks(
        self, key: ThreadKey, reprocess: Reprocess, limit: int
    ) -> list[SeenMark]:
        """Marks of closed turns that the generation has not opened, by id, after its progress."""
        ...

    async def outcomes(self, key: ThreadKey, marks: Sequence[SeenMark]) -> dict[str, str]:
        """How the chunks of these marks ended for their turns, by turn id."""
        ...

    async def letters(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[DeadLetter]:
        """The dead letters of these turns."""
        ...

    async def reopen(
        self,
        state: ThreadState,
        etag: str,
        marks: Sequence[SeenMark],
        letters: Sequence[DeadLetter],
    ) -> Versioned[ThreadState]:
        """Write the state, open the marks under its generation, drop the letters: all or nothing.

        ConflictError if the state is not the one with this ETag any more.
        """
        ...

    async def marks(self, user_id: str, turn_ids: Sequence[str]) -> dict[str, list[SeenMark]]:
        """The marks of these turns in all threads of the user, by turn id."""
        ...

    async def derived(self, user_id: str, generation: int, memory_ids: Sequence[str]) -> set[str]:
        """Those of the memories that a chunk of this generation or of a later one has derived.

        Whoever reads marks as well reads them first: a chunk is closed and recorded at once.
        """
        ...

    def earlier_memories(self, key: ThreadKey, generation: int) -> AsyncIterator[list[str]]:
        """Pages of the ids that the thread's chunks of earlier generations have derived."""
        ...
