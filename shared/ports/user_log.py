"""A user's bookkeeping."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.ledger import RunRecord
from shared.domain.turns import ThreadKey
from shared.domain.user_state import NOTHING_SPENT, Spent, UserState
from shared.ports.versions import Versioned


class UserLog(Protocol):
    """A user's counter, state and chunk marks: one logical partition."""

    async def count_chunk(
        self,
        key: ThreadKey,
        chunk: int,
        turns: int,
        arrived_at: int,
        *,
        spent: Spent = NOTHING_SPENT,
    ) -> Versioned[UserState]:
        """Add a chunk's turns, and its tokens, to the user's, exactly once; the state after it."""
        ...

    async def load(
        self, user_id: str, *, of_claim: str = "", remembered: bool = False
    ) -> Versioned[UserState] | None:
        """The state, or None if no chunk of the user was ever counted.

        With `of_claim` it may be the state that this process last wrote, if that holds the claim of
        this key: what a claim rests on does not change while it lives, and a write under its ETag
        is refused with ConflictError if anything else has changed. With `remembered` it may be that
        state whatever it holds, for those who go on to write under its ETag.
        """
        ...

    async def save(
        self,
        state: UserState,
        etag: str,
        *,
        drop_answers: Sequence[str] = (),
        record: RunRecord | None = None,
    ) -> Versioned[UserState]:
        """Replace the state; with it drop spent answers and write the ledger record of a run.

        ConflictError as in ThreadLog.save.
        """
        ...

    async def request_refresh(
        self, user_id: str, *, changed: bool = False, rebuild: bool = False
    ) -> None:
        """Want the user's profile up to date; remembered also before anything was committed.

        With `changed` also where no turn is new: memories have changed. With `rebuild` it is to be
        written anew, from what is left.
        """
        ...

    async def has_open_threads(self, user_id: str) -> bool:
        """Whether a thread of the user still works towards a flush."""
        ...
