"""The GenerationLog on Cosmos DB: marks, ledger and letters in the threads' partitions."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import (
    BatchRefusedError,
    Operation,
    execute_batch,
    query_documents,
    query_pages,
    query_values,
)
from shared.adapters.cosmos_thread_log import replace_state
from shared.domain.dead_letters import DeadLetter, from_document
from shared.domain.errors import ConflictError
from shared.domain.identifiers import chunk_id, dead_letter_id, seen_id
from shared.domain.pending_turns import Reopened
from shared.domain.reprocess import Reprocess, SeenMark
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from shared.ports import Versioned

_FIELDS = "c.id, c.turn_id, c.chunk, c.generation, c.outcome"
_EARLIER = "(NOT IS_DEFINED(c.generation) OR c.generation < @generation)"
_CLOSED = (
    f"SELECT TOP @limit {_FIELDS} FROM c WHERE c.type = 'seen' AND IS_DEFINED(c.chunk)"
    f" AND c.id > @after AND c.arrived_at >= @since AND {_EARLIER} ORDER BY c.id"
)
_MARKS = f"SELECT {_FIELDS} FROM c WHERE c.type = 'seen' AND ARRAY_CONTAINS(@ids, c.id)"
_DERIVED = (
    "SELECT DISTINCT VALUE m FROM c JOIN m IN c.memory_ids"
    " WHERE c.type = 'chunk' AND c.generation >= @generation AND ARRAY_CONTAINS(@ids, m)"
)
_EARLIER_MEMORIES = f"SELECT c.memory_ids FROM c WHERE c.type = 'chunk' AND {_EARLIER}"


class CosmosGenerationLog:
    """Implements shared.ports.GenerationLog; see there for the promises."""

    def __init__(
        self,
        container: ContainerProxy,
        remember_state: Callable[[dict[str, Any]], Versioned[ThreadState]],
    ) -> None:
        """`remember_state` is told each state document that is written here."""
        self._container = container
        self._remember_state = remember_state

    async def closed_marks(
        self, key: ThreadKey, reprocess: Reprocess, limit: int
    ) -> list[SeenMark]:
        """See GenerationLog.closed_marks."""
        bound = {
            "limit": limit,
            "after": reprocess.after,
            "since": reprocess.since,
            "generation": reprocess.generation,
        }
        found = await query_documents(self._container, _CLOSED, bound, _partition(key))
        return [SeenMark.model_validate(document) for document in found]

    async def outcomes(self, key: ThreadKey, marks: Sequence[SeenMark]) -> dict[str, str]:
        """See GenerationLog.outcomes."""
        chunks = {chunk_id(mark.chunk) for mark in marks if mark.chunk is not None}
        query = "SELECT c.outcomes FROM c WHERE ARRAY_CONTAINS(@ids, c.id)"
        bound = {"ids": sorted(chunks)}
        records = await query_documents(self._container, query, bound, _partition(key))
        turn_ids = {mark.turn_id for mark in marks}
        return {
            turn_id: outcome
            for record in records
            for turn_id, outcome in record["outcomes"].items()
            if turn_id in turn_ids
        }

    async def letters(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[DeadLetter]:
        """See GenerationLog.letters."""
        ids = [dead_letter_id(key.user_id, key.thread_id, turn_id) for turn_id in turn_ids]
        query = "SELECT * FROM c WHERE ARRAY_CONTAINS(@ids, c.id)"
        found = await query_documents(self._container, query, {"ids": ids}, _partition(key))
        return [from_document(document) for document in found]

    async def reopen(
        self,
        state: ThreadState,
        etag: str,
        marks: Sequence[SeenMark],
        letters: Sequence[DeadLetter],
    ) -> Versioned[ThreadState]:
        """See GenerationLog.reopen."""
        by_turn = {letter.turn_id: letter for letter in letters}
        operations: list[Operation] = [replace_state(state, etag)]
        operations += [
            ("patch", (mark.id, _opening(state, by_turn.get(mark.turn_id))), {}) for mark in marks
        ]
        operations += [("delete", (letter.id,), {}) for letter in letters]
        partition = [state.user_id, state.thread_id]
        try:
            results = await execute_batch(self._container, operations, partition)
        except BatchRefusedError as refusal:
            raise ConflictError("conflict: the thread's state was changed first") from refusal
        return self._remember_state(dict(results[0]["resourceBody"]))

    async def marks(self, user_id: str, turn_ids: Sequence[str]) -> dict[str, list[SeenMark]]:
        """See GenerationLog.marks."""
        if not turn_ids:
            return {}
        bound = {"ids": [seen_id(turn_id) for turn_id in turn_ids]}
        found: dict[str, list[SeenMark]] = defaultdict(list)
        for document in await query_documents(self._container, _MARKS, bound, [user_id]):
            mark = SeenMark.model_validate(document)
            found[mark.turn_id].append(mark)
        return found

    async def derived(self, user_id: str, generation: int, memory_ids: Sequence[str]) -> set[str]:
        """See GenerationLog.derived."""
        bound = {"generation": generation, "ids": list(memory_ids)}
        return set(await query_values(self._container, _DERIVED, bound, [user_id]))

    async def earlier_memories(self, key: ThreadKey, generation: int) -> AsyncIterator[list[str]]:
        """See GenerationLog.earlier_memories."""
        bound = {"generation": generation}
        async for page in query_pages(
            self._container, _EARLIER_MEMORIES, bound, _partition(key), page_size=100
        ):
            yield sorted({memory_id for record in page for memory_id in record["memory_ids"]})


def _opening(state: ThreadState, letter: DeadLetter | None) -> list[dict[str, Any]]:
    """The patch that takes a mark out of its chunk; one with a letter keeps how often it failed."""
    patch: list[dict[str, Any]] = [
        {"op": "remove", "path": "/chunk"},
        {"op": "set", "path": "/generation", "value": state.generation},
        {"op": "set", "path": "/retried", "value": False},
    ]
    if letter is not None:
        before = Reopened(attempts=letter.attempts, first_at=letter.first_at)
        patch.append({"op": "set", "path": "/reopened", "value": before.model_dump(mode="json")})
    return patch


def _partition(key: ThreadKey) -> list[str]:
    return [key.user_id, key.thread_id]
