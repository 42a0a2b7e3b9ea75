"""A thread's bookkeeping, its dead letters, and the journal of the model's answers."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from shared.domain.dead_letters import DeadLetter
from shared.domain.ledger import ChunkRecord, RunRecord, SegmentRecord
from shared.domain.pending_turns import PendingTurn
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ArrivedTurn, ThreadKey
from shared.ports.versions import Counted, Versioned


class ThreadLog(Protocol):
    """A thread's counter, state, seen turns and ledger: one logical partition."""

    async def count(self, key: ThreadKey, turns: Sequence[ArrivedTurn]) -> Counted[ThreadState]:
        """Count each turn not counted before, exactly once whatever happens; the state after it."""
        ...

    async def load(self, key: ThreadKey, *, fresh: bool) -> Versioned[ThreadState] | None:
        """The state, or None if no turn was ever counted.

        Without `fresh` it may be the state this process last saw; a write under its ETag is then
        refused with ConflictError if it has changed since.
        """
        ...

    async def save(self, state: ThreadState, etag: str) -> Versioned[ThreadState]:
        """Replace the state; ConflictError if it is not the one with this ETag any more."""
        ...

    async def pending_turns(self, key: ThreadKey, limit: int) -> list[PendingTurn]:
        """Counted turns that are in no chunk, in order of arrival."""
        ...

    async def chunk_turns(self, key: ThreadKey, chunk: int) -> list[str]:
        """The turn ids of a closed or claimed chunk; they never change. Empty if unknown."""
        ...

    async def chunk_records(self, key: ThreadKey, first: int, last: int) -> list[ChunkRecord]:
        """The ledger records of the committed chunks `first` to `last`, in their order."""
        ...

    async def commit(
        self,
        state: ThreadState,
        etag: str,
        record: ChunkRecord | None,
        answers: Sequence[str],
        letters: Sequence[DeadLetter] = (),
        further: Sequence[SegmentRecord | RunRecord] = (),
    ) -> Versioned[ThreadState]:
        """Write state, ledger records and letters, mark turns, drop the answers: all or nothing.

        ConflictError if the state is not the one with this ETag any more.
        """
        ...


class DeadLetterBox(Protocol):
    """Turns that no further try will process, until somebody acts."""

    async def record(self, letters: Sequence[DeadLetter]) -> None:
        """Store letters of turns that cannot be counted; one that is stored already stays."""
        ...

    async def find(
        self, user_id: str | None, ids: Sequence[str] | None, after: str, limit: int
    ) -> list[DeadLetter]:
        """Letters by id, after one id: of a user or (None) all, with these ids or (None) any."""
        ...

    async def still_there(
        self, key: ThreadKey, letters: Sequence[DeadLetter]
    ) -> tuple[list[DeadLetter], list[DeadLetter]]:
        """The letters of a thread that nobody has retried or dropped.

        First those whose turns are known as closed, then those whose marks have expired.
        """
        ...

    async def reopen(self, state: ThreadState, etag: str, letters: Sequence[DeadLetter]) -> None:
        """Write the state, open the letters' turns and remove the letters: all or nothing.

        ConflictError if the state is not the one with this ETag any more, or a letter is gone.
        """
        ...

    async def list_unmarked(self, key: ThreadKey, turn_ids: Sequence[str]) -> set[str]:
        """Those of the turns that were not counted."""
        ...

    async def take_back(self, key: ThreadKey, turn_ids: Sequence[str]) -> None:
        """Remove the letters of those of the turns that were not counted, if they have any."""
        ...

    async def drop(self, letter: DeadLetter) -> None:
        """Remove a letter; one that is gone already is as good."""
        ...


class Journal(Protocol):
    """Answers of the model, stored before they have any effect."""

    async def load(self, key: ThreadKey, claim_key: str, answer_id: str) -> dict[str, Any] | None:
        """The stored answer, or None; what was seen under the same claim may be remembered.

        ConflictError if there is none and the claim was committed: nobody is to ask for one.
        """
        ...

    async def create(
        self, key: ThreadKey, claim_key: str, answer_id: str, answer: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Store an answer while the claim is live; the one stored first wins and is returned.

        ConflictError if the claim was committed meanwhile: nothing may be written for it any more.
        """
        ...
