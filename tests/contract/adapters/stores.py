"""All Cosmos DB adapters over the containers of a test, and short ways to fill them."""

from collections.abc import Sequence

from shared.adapters.cosmos_changed_memories import CosmosChangedMemories
from shared.adapters.cosmos_counting import CosmosCounting
from shared.adapters.cosmos_dead_letters import CosmosDeadLetterBox
from shared.adapters.cosmos_facts import CosmosFactStore
from shared.adapters.cosmos_journal import CosmosJournal
from shared.adapters.cosmos_summaries import CosmosSummaryStore
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.adapters.cosmos_turns import CosmosTurnReader
from shared.adapters.cosmos_user_log import CosmosUserLog
from shared.adapters.cosmos_work_index import CosmosWorkIndex
from shared.domain.identifiers import STATE_ID, USER_STATE_ID
from shared.domain.ledger import ChunkRecord
from shared.domain.thread_state import Claim, ThreadState
from shared.domain.turns import ArrivedTurn, ThreadKey
from shared.ports import (
    ChangedMemories,
    DeadLetterBox,
    FactStore,
    Journal,
    SummaryStore,
    ThreadLog,
    TurnReader,
    UserLog,
    Versioned,
    WorkIndex,
)
from tests.fakes.memory_app import MemoryApp

KEY = ThreadKey(user_id="u1", thread_id="t1")


class Stores:
    """The ports of one process."""

    def __init__(self, app: MemoryApp) -> None:
        counting = CosmosCounting(app.counters, app.clock)
        threads = CosmosThreadLog(app.counters, counting)
        self.threads: ThreadLog = threads
        self.letters: DeadLetterBox = CosmosDeadLetterBox(app.counters)
        users = CosmosUserLog(app.counters, counting)
        self.users: UserLog = users
        self.journal: Journal = CosmosJournal(app.counters, STATE_ID, threads.remember_state)
        self.user_journal: Journal = CosmosJournal(
            app.counters, USER_STATE_ID, users.remember_state
        )
        self.turns: TurnReader = CosmosTurnReader(app.turns, app.turns)
        self.facts: FactStore = CosmosFactStore(app.memories)
        self.changed: ChangedMemories = CosmosChangedMemories(app.memories)
        self.summaries: SummaryStore = CosmosSummaryStore(app.summaries)
        self.index: WorkIndex = CosmosWorkIndex(app.counters)

    async def claim(self, turn_ids: Sequence[str], key: ThreadKey = KEY) -> Versioned[ThreadState]:
        """Count turns and claim them as chunk 1."""
        counted = await self.threads.count(key, [arrived(turn_id) for turn_id in turn_ids])
        claim = Claim(key="chunk:1", chunk=1, turn_ids=list(turn_ids), extract=True)
        claimed = counted.value.model_copy(update={"claim": claim, "idle": False})
        return await self.threads.save(claimed, counted.etag)


async def pending_ids(stores: Stores, key: ThreadKey, limit: int) -> list[str]:
    return [turn.turn_id for turn in await stores.threads.pending_turns(key, limit)]


def arrived(turn_id: str, second: int = 100, place: int = 0) -> ArrivedTurn:
    return ArrivedTurn(
        turn_id=turn_id, order=f"{second:012d}.{place:016d}", arrived_at=second, ttl=5_000_000
    )


def record_of(turn_ids: Sequence[str], key: ThreadKey = KEY, chunk: int = 1) -> ChunkRecord:
    return ChunkRecord(
        user_id=key.user_id,
        thread_id=key.thread_id,
        chunk=chunk,
        turn_ids=list(turn_ids),
        outcomes=dict.fromkeys(turn_ids, "extracted"),
        memory_ids=["fact_1"],
        prompt_id="p",
        prompt_version="1",
        model="m",
        prompt_tokens=1,
        completion_tokens=1,
        dropped_facts=0,
        committed_at="2026-01-01T00:00:00+00:00",
    )


def closed(state: ThreadState) -> ThreadState:
    """The state after the commit of its claim."""
    assert state.claim is not None
    size = len(state.claim.turn_ids)
    return state.model_copy(
        update={"claim": None, "closed": state.closed + size, "chunks": state.claim.chunk}
    )
