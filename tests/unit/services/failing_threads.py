"""A ThreadLog of which some threads cannot be counted."""

from collections.abc import Sequence
from typing import Any

from shared.domain.errors import StoreUnavailableError
from shared.domain.thread_state import Cadence, ThreadState
from shared.domain.turns import ArrivedTurn, ThreadKey
from shared.ports import ThreadLog, Versioned
from shared.services.count_turns import CountTurns
from tests.fakes.memory_app import MemoryApp

CADENCE = Cadence(extract_every=5, summarize_every=10, profile_every=20)


class FailingThreads:
    """A ThreadLog whose `count` fails for some threads, and says how often it was asked."""

    def __init__(self, threads: ThreadLog, failing: set[str]) -> None:
        self._threads = threads
        self.failing = failing
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._threads, name)

    async def count(self, key: ThreadKey, turns: Sequence[ArrivedTurn]) -> Versioned[ThreadState]:
        self.asked += 1
        if key.thread_id in self.failing:
            raise StoreUnavailableError("a batch", 429)
        return await self._threads.count(key, turns)


def counting(app: MemoryApp, failing: set[str]) -> tuple[CountTurns, FailingThreads]:
    """CountTurns without patience over the app's store, with threads that fail."""
    threads = FailingThreads(app.services.plan_thread._threads, failing)  # pyright: ignore[reportPrivateUsage] - the store of this worker
    return CountTurns(threads, app.clock, CADENCE, patience_seconds=0), threads
