"""What is asked over all users."""

from collections.abc import AsyncIterator
from typing import Protocol

from shared.domain.ledger import Totals
from shared.domain.scanning import ScanMark
from shared.domain.thread_state import ThreadState
from shared.domain.user_state import UserState


class WorkIndex(Protocol):
    """What the sweeper and an operator ask over all users; never used to process a turn."""

    def threads_with_work(
        self, *, summaries: bool, episode_turns: int = 0
    ) -> AsyncIterator[list[ThreadState]]:
        """Pages of threads that run, have turns pending, or (if wanted) lag with their summary.

        With `episode_turns` also those with as many turns that are in no episode yet.
        """
        ...

    def users_with_work(
        self, *, profiles: bool, reconciles: bool = False, rules: bool = False
    ) -> AsyncIterator[list[UserState]]:
        """Pages of users that run, have a run to try again, or (if wanted) lag behind their turns.

        They lag with their profile, or (if wanted) with their reconciliation; with `rules` also
        those that owe rules which could not be derived.
        """
        ...

    async def load_scan_mark(self) -> ScanMark:
        """How far the turns container was scanned; the beginning if it never was."""
        ...

    async def save_scan_mark(self, mark: ScanMark) -> None:
        """Move the mark."""
        ...

    async def count_dead_letters(self) -> int:
        """How many turns wait for somebody to act."""
        ...

    async def oldest_pending(self) -> int:
        """When the oldest turn was stored (Unix time) that is counted and was never processed.

        0 if there is none.
        """
        ...

    async def totals(self, since: int, now: int) -> Totals:
        """Sums over all threads and users at `now`; recent is what was committed since `since`."""
        ...
