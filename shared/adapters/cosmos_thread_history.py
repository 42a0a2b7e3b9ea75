"""The ThreadHistory on Cosmos DB: seen marks and ledger of a thread, for those who look back."""

from collections.abc import AsyncIterator, Collection, Sequence

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import (
    BatchRefusedError,
    Operation,
    execute_batch,
    query_documents,
    query_pages,
)
from shared.adapters.cosmos_thread_log import CosmosThreadLog, replace_state
from shared.domain.errors import ConflictError
from shared.domain.identifiers import seen_id
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import ChunkTrace, SeenTurn, read_mark
from shared.ports import Versioned

_MARKS = (
    "SELECT c.turn_id, c.arrived_at, c.written_at, c.lifetime, c.ttl, c.chunk, c.vanished"
    " FROM c WHERE c.type = 'seen'"
)
_OPEN = f"{_MARKS} AND IS_DEFINED(c.chunk) AND NOT IS_DEFINED(c.vanished)"
_BY_ID = f"{_MARKS} AND ARRAY_CONTAINS(@ids, c.id)"
_CHUNKS = (
    "SELECT c.chunk, c.turn_ids, c.memory_ids FROM c WHERE c.type = 'chunk'"
    " AND EXISTS (SELECT VALUE t FROM t IN c.turn_ids WHERE ARRAY_CONTAINS(@ids, t))"
)


class CosmosThreadHistory:
    """Implements shared.ports.ThreadHistory; see there for the promises."""

    def __init__(self, container: ContainerProxy, threads: CosmosThreadLog) -> None:
        self._container = container
        self._threads = threads

    async def seen(self, key: ThreadKey) -> AsyncIterator[list[SeenTurn]]:
        """See ThreadHistory.seen."""
        async for page in query_pages(self._container, _OPEN, {}, _partition(key)):
            yield [read_mark(document) for document in page]

    async def find_seen(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[SeenTurn]:
        """See ThreadHistory.find_seen."""
        ids = [seen_id(turn_id) for turn_id in turn_ids]
        found = await query_documents(self._container, _BY_ID, {"ids": ids}, _partition(key))
        return [read_mark(document) for document in found]

    async def chunks_of(self, key: ThreadKey, turn_ids: Collection[str]) -> list[ChunkTrace]:
        """See ThreadHistory.chunks_of."""
        bound = {"ids": list(turn_ids)}
        found = await query_documents(self._container, _CHUNKS, bound, _partition(key))
        return [ChunkTrace.model_validate(document) for document in found]

    async def mark_vanished(
        self, state: ThreadState, etag: str, turn_ids: Sequence[str]
    ) -> Versioned[ThreadState]:
        """See ThreadHistory.mark_vanished."""
        mark = [{"op": "set", "path": "/vanished", "value": True}]
        operations: list[Operation] = [replace_state(state, etag)]
        operations += [("patch", (seen_id(turn_id), mark), {}) for turn_id in turn_ids]
        partition = [state.user_id, state.thread_id]
        try:
            results = await execute_batch(self._container, operations, partition)
        except BatchRefusedError as refusal:
            raise ConflictError("conflict: the thread's state was changed first") from refusal
        stored = dict(results[0]["resourceBody"])
        self._threads.remember_state(stored)
        return Versioned(ThreadState.model_validate(stored), str(stored["_etag"]))


def _partition(key: ThreadKey) -> list[str]:
    return [key.user_id, key.thread_id]
