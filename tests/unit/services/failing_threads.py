"""A ThreadLog of which some threads cannot be counted."""

import asyncio
from collections.abc import Sequence

from shared.adapters.cosmos_counting import CosmosCounting
from shared.adapters.cosmos_dead_letters import CosmosDeadLetterBox
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.adapters.cosmos_turn_inventory import CosmosTurnInventory
from shared.domain.errors import StoreUnavailableError, TransientError
from shared.domain.thread_state import Cadence, ThreadState
from shared.domain.turns import ArrivedTurn, ThreadKey
from shared.ports import Counted
from shared.services.container_lifetime import ContainerLifetime
from shared.services.count_turns import CountTurns
from shared.services.record_uncounted import RecordUncounted
from tests.fakes.memory_app import MemoryApp

HORIZON = 86_400
THROTTLED = StoreUnavailableError("a batch", 429)
CADENCE = Cadence(extract_every=5, summarize_every=10, profile_every=20)


class FailingThreads(CosmosThreadLog):
    """The real one, whose `count` fails for some threads, and for others never ends.

    `asked` is how often it was called.
    """

    def __init__(self, app: MemoryApp, failing: set[str], error: TransientError) -> None:
        super().__init__(app.counters, CosmosCounting(app.counters, app.clock))
        self.failing = failing
        self.error = error
        self.asked = 0
        self.hanging: set[str] = set()

    async def count(self, key: ThreadKey, turns: Sequence[ArrivedTurn]) -> Counted[ThreadState]:
        self.asked += 1
        if key.thread_id in self.hanging:
            await asyncio.Event().wait()
        if key.thread_id in self.failing:
            raise self.error
        return await super().count(key, turns)


def counting(
    app: MemoryApp, failing: set[str], error: TransientError = THROTTLED, patience: float = 0
) -> tuple[CountTurns, FailingThreads]:
    """CountTurns over the app's store, with threads that fail; no patience unless it is given."""
    threads = FailingThreads(app, set(failing), error)
    uncounted = RecordUncounted(CosmosDeadLetterBox(app.counters), app.clock, HORIZON)
    lifetime = ContainerLifetime(CosmosTurnInventory(app.turns), app.clock)
    counter = CountTurns(
        threads, uncounted, lifetime, app.clock, CADENCE, patience_seconds=patience
    )
    return counter, threads
