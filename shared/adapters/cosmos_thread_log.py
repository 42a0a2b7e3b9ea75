"""The ThreadLog on Cosmos DB: state, seen turns and ledger in the thread's logical partition."""

from collections.abc import Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_counting import MAX_MARKS, CosmosCounting, Mark, Tally
from shared.adapters.cosmos_documents import (
    BatchRefusedError,
    Document,
    Operation,
    execute_batch,
    query_documents,
    query_values,
    read_document,
)
from shared.adapters.cosmos_errors import NOT_FOUND
from shared.adapters.pending_tails import PendingTails
from shared.domain.dead_letters import DeadLetter, to_document
from shared.domain.errors import ConflictError
from shared.domain.identifiers import (
    STATE_ID,
    chunk_id,
    seen_id,
    segment_id,
    thread_counter_id,
)
from shared.domain.ledger import ChunkRecord, RunRecord, SegmentRecord
from shared.domain.pending_turns import PendingTurn
from shared.domain.recent import Recent
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ArrivedTurn, ThreadKey
from shared.domain.vanishing import is_outdated, read_mark
from shared.ports import Counted, Versioned

_PENDING = (
    "SELECT TOP @limit c.turn_id, c.arrived_at, c.reopened, c.generation, c.retried FROM c"
    " WHERE c.type = 'seen' AND NOT IS_DEFINED(c.chunk) ORDER BY c.arrival"
)
_RECORDS = (
    "SELECT * FROM c WHERE c.type = 'chunk' AND c.chunk >= @first AND c.chunk <= @last"
    " ORDER BY c.chunk"
)


class CosmosThreadLog:
    """Implements shared.ports.ThreadLog; see there for the promises."""

    def __init__(self, container: ContainerProxy, counting: CosmosCounting) -> None:
        self._container = container
        self._counting = counting
        self._states: Recent[Versioned[ThreadState]] = Recent(2_000)
        self._members: Recent[list[str]] = Recent(5_000)
        self._tails = PendingTails()

    async def count(self, key: ThreadKey, turns: Sequence[ArrivedTurn]) -> Counted[ThreadState]:
        """See ThreadLog.count. More turns than a batch holds are counted in several batches."""
        versioned: Versioned[ThreadState] | None = None
        fresh = 0
        for start in range(0, len(turns), MAX_MARKS):
            part = turns[start : start + MAX_MARKS]
            latest = max(turn.arrived_at for turn in part)
            tally = Tally(
                partition=_partition(key),
                counter_id=thread_counter_id(key.user_id, key.thread_id),
                initial=_state_document(ThreadState(user_id=key.user_id, thread_id=key.thread_id)),
                total="arrived",
                assign={"last_arrival": latest},
            )
            marks = [_mark_seen(key, turn) for turn in part]
            stored, new = await self._counting.count(tally, marks)
            fresh += new
            versioned = self._remember(stored) if stored else None
            if versioned is not None and new == len(part):
                self._tails.note_counted(versioned, part, latest)
            else:
                self._tails.forget(key.user_id, key.thread_id)
        if versioned is None:
            raise ConflictError("conflict: the thread's state vanished while turns were counted")
        return Counted(versioned.value, versioned.etag, fresh)

    async def load(self, key: ThreadKey, *, fresh: bool) -> Versioned[ThreadState] | None:
        """See ThreadLog.load."""
        kept = None if fresh else self._states.get((key.user_id, key.thread_id))
        if kept is not None:
            return kept
        stored = await read_document(self._container, STATE_ID, _partition(key))
        return self._remember(stored) if stored else None

    async def save(self, state: ThreadState, etag: str) -> Versioned[ThreadState]:
        """See ThreadLog.save."""
        saved = await self._write(state, [replace_state(state, etag)])
        self._tails.note_replaced(etag, saved)
        return saved

    async def pending_turns(self, key: ThreadKey, limit: int) -> list[PendingTurn]:
        """See ThreadLog.pending_turns. No request where this process has seen all of them come."""
        kept = self._states.get((key.user_id, key.thread_id))
        listed = self._tails.list_under(kept) if kept else None
        if listed is not None:
            return listed[:limit]
        found = await query_documents(self._container, _PENDING, {"limit": limit}, _partition(key))
        return [PendingTurn.model_validate(document) for document in found]

    async def chunk_turns(self, key: ThreadKey, chunk: int) -> list[str]:
        """See ThreadLog.chunk_turns."""
        members = self._members.get((key.user_id, key.thread_id, chunk))
        if members is not None:
            return members
        record = await read_document(self._container, chunk_id(chunk), _partition(key))
        if record is not None:
            self._members.put((key.user_id, key.thread_id, chunk), record["turn_ids"])
            return record["turn_ids"]
        await self.load(key, fresh=True)
        return self._members.get((key.user_id, key.thread_id, chunk)) or []

    async def chunk_records(self, key: ThreadKey, first: int, last: int) -> list[ChunkRecord]:
        """See ThreadLog.chunk_records."""
        bounds = {"first": first, "last": last}
        found = await query_documents(self._container, _RECORDS, bounds, _partition(key))
        return [ChunkRecord.model_validate(document) for document in found]

    async def commit(
        self,
        state: ThreadState,
        etag: str,
        record: ChunkRecord | None,
        answers: Sequence[str],
        letters: Sequence[DeadLetter] = (),
        further: Sequence[SegmentRecord | RunRecord] = (),
    ) -> Versioned[ThreadState]:
        """See ThreadLog.commit."""
        committed = await self._commit(state, etag, record, answers, letters, further)
        self._tails.note_replaced(etag, committed, record.turn_ids if record else ())
        return committed

    async def _commit(
        self,
        state: ThreadState,
        etag: str,
        record: ChunkRecord | None,
        answers: Sequence[str],
        letters: Sequence[DeadLetter],
        further: Sequence[SegmentRecord | RunRecord],
    ) -> Versioned[ThreadState]:
        operations = [replace_state(state, etag)]
        operations += [("delete", (answer,), {}) for answer in answers]
        operations += [("upsert", (describe_record(each),), {}) for each in further]
        if record is not None:
            operations.append(("create", (_record_document(record),), {}))
            operations += [("upsert", (to_document(letter),), {}) for letter in letters]
        seen = [seen_id(turn_id) for turn_id in record.turn_ids] if record else []
        try:
            return await self._write(state, [*operations, *_closings(record, seen)])
        except BatchRefusedError as refusal:
            if refusal.status != NOT_FOUND:
                raise ConflictError("conflict: the chunk was committed by another run") from refusal
        # A seen mark or an answer has expired or was erased: the rest is committed without it.
        query = "SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id)"
        ids = [*seen, *answers]
        left = await query_values(self._container, query, {"ids": ids}, _partition_of(state))
        kept = [operation for operation in operations if operation[0] != "delete"]
        kept += [("delete", (answer,), {}) for answer in answers if answer in left]
        marks = [mark for mark in seen if mark in left]
        try:
            return await self._write(state, [*kept, *_closings(record, marks)])
        except BatchRefusedError as refusal:
            raise ConflictError("conflict: the chunk was committed by another run") from refusal

    async def _write(
        self, state: ThreadState, operations: list[Operation]
    ) -> Versioned[ThreadState]:
        self._states.drop((state.user_id, state.thread_id))
        try:
            results = await execute_batch(self._container, operations, _partition_of(state))
        except BatchRefusedError as refusal:
            if refusal.index == 0:
                raise ConflictError("conflict: the thread's state was changed first") from refusal
            raise
        return self._remember(dict(results[0]["resourceBody"]))

    def remember_state(self, stored: Document) -> Versioned[ThreadState]:
        """Take note of a state document that another adapter has just written."""
        versioned = self._remember(stored)
        self._tails.note_touched(versioned)
        return versioned

    def _remember(self, stored: Document) -> Versioned[ThreadState]:
        versioned = Versioned(ThreadState.model_validate(stored), str(stored["_etag"]))
        state = versioned.value
        self._states.put((state.user_id, state.thread_id), versioned)
        if state.claim is not None and state.claim.closes_chunk:
            self._members.put(
                (state.user_id, state.thread_id, state.claim.chunk), state.claim.turn_ids
            )
        return versioned


def _partition(key: ThreadKey) -> list[str]:
    return [key.user_id, key.thread_id]


def _partition_of(state: ThreadState) -> list[str]:
    return [state.user_id, state.thread_id]


def _state_document(state: ThreadState) -> Document:
    return {"id": STATE_ID, "type": "thread_state", **state.model_dump(mode="json")}


def replace_state(state: ThreadState, etag: str) -> Operation:
    """The operation of a batch that writes the state, if it is still the one with this ETag."""
    return ("replace", (STATE_ID, _state_document(state)), {"if_match_etag": etag})


def _mark_seen(key: ThreadKey, turn: ArrivedTurn) -> Mark:
    """The mark of a turn; when the turn is to live longer, or less, the mark follows."""
    document = {
        "id": seen_id(turn.turn_id),
        "type": "seen",
        "user_id": key.user_id,
        "thread_id": key.thread_id,
        "turn_id": turn.turn_id,
        "arrival": turn.order,
        "arrived_at": turn.arrived_at,
        "written_at": turn.arrived_at,
        "lifetime": turn.lifetime,
        "ttl": turn.ttl,
    }
    fields = ("written_at", "lifetime", "ttl")
    return Mark(document, 1, fields, lambda stored: is_outdated(read_mark(stored), turn))


def _record_document(record: ChunkRecord) -> Document:
    return {"id": chunk_id(record.chunk), "type": "chunk", **record.model_dump(mode="json")}


def describe_record(record: SegmentRecord | RunRecord) -> Document:
    """The document of a ledger record that is not a chunk's."""
    fields = record.model_dump(mode="json")
    if isinstance(record, RunRecord):
        return {"id": record.name, "type": "run", **fields}
    return {"id": segment_id(record.name), "type": "segment", **fields}


def _closings(record: ChunkRecord | None, seen: Sequence[str]) -> list[Operation]:
    """The patches that put marks into the chunk; from the second generation on with its outcome."""
    if record is None:
        return []
    outcomes = {seen_id(turn_id): outcome for turn_id, outcome in record.outcomes.items()}
    return [("patch", (mark, _close(record, outcomes.get(mark, ""))), {}) for mark in seen]


def _close(record: ChunkRecord, outcome: str) -> list[dict[str, Any]]:
    values: dict[str, Any] = {"chunk": record.chunk}
    if record.generation:
        values |= {"generation": record.generation, "outcome": outcome}
    return [{"op": "set", "path": f"/{name}", "value": value} for name, value in values.items()]
