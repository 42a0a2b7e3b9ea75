"""The BackfillLog on Cosmos DB: backfills in a partition of their own beside all counters."""

from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import (
    BatchRefusedError,
    Document,
    Operation,
    execute_batch,
    query_documents,
    query_values,
    read_document,
)
from shared.domain.backfill import Backfill, BackfillRequest, begin_backfill
from shared.domain.errors import ConflictError
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ThreadKey
from shared.ports import Versioned

_PARTITION = ["__processor__", "__backfill__"]
_GENERATIONS_ID = "generations"
_KEPT_SECONDS = 30 * 86_400
_ATTEMPTS = 6
_STATES = "FROM c WHERE c.type = 'thread_state'"
_NEXT_USER = f"SELECT TOP 1 VALUE c.user_id {_STATES} AND c.user_id > @after ORDER BY c.user_id"
_NEXT_THREADS = (
    f"SELECT TOP @limit VALUE c.thread_id {_STATES} AND c.thread_id > @after ORDER BY c.thread_id"
)


class CosmosBackfillLog:
    """Implements shared.ports.BackfillLog; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def load(self, backfill_id: str) -> Versioned[Backfill] | None:
        """See BackfillLog.load."""
        stored = await read_document(self._container, backfill_id, _PARTITION)
        return Versioned(Backfill.model_validate(stored), str(stored["_etag"])) if stored else None

    async def list_all(self) -> list[Backfill]:
        """See BackfillLog.list_all."""
        query = "SELECT * FROM c WHERE c.type = 'backfill'"
        found = await query_documents(self._container, query, {}, _PARTITION)
        backfills = map(Backfill.model_validate, found)
        return sorted(backfills, key=lambda backfill: backfill.started_at, reverse=True)

    async def begin(self, request: BackfillRequest, now: float) -> tuple[Backfill, bool]:
        """See BackfillLog.begin. The number of its generation is taken in the same batch."""
        for _ in range(_ATTEMPTS):
            before = await read_document(self._container, request.backfill_id, _PARTITION)
            if before and not (running := Backfill.model_validate(before)).has_ended:
                return running, False
            counter = await read_document(self._container, _GENERATIONS_ID, _PARTITION)
            generation = int(counter["generation"]) + 1 if counter else 1
            begun = begin_backfill(request, generation, now, from_epoch(now))
            following = {**_place(_GENERATIONS_ID, "generations"), "generation": generation}
            operations = [_write(following, counter), _write(_to_document(begun), before)]
            try:
                await execute_batch(self._container, operations, _PARTITION)
            except BatchRefusedError:
                continue
            return begun, True
        raise ConflictError("conflict: backfills are begun too often by others; try again")

    async def save(self, backfill: Backfill, etag: str) -> None:
        """See BackfillLog.save."""
        operation = _write(_to_document(backfill), {"_etag": etag})
        try:
            await execute_batch(self._container, [operation], _PARTITION)
        except BatchRefusedError as refusal:
            raise ConflictError("conflict: the backfill was changed first") from refusal

    async def next_threads(
        self, user_id: str | None, after: ThreadKey | None, limit: int
    ) -> list[ThreadKey]:
        """See BackfillLog.next_threads. A user's threads are read in the user's partitions."""
        user = user_id or (after.user_id if after else "")
        thread = after.thread_id if after else ""
        while True:
            if user:
                bound: dict[str, Any] = {"limit": limit, "after": thread}
                found = await query_values(self._container, _NEXT_THREADS, bound, [user])
                if found:
                    return [ThreadKey(user_id=user, thread_id=name) for name in found]
            if user_id is not None:
                return []
            users = await query_values(self._container, _NEXT_USER, {"after": user})
            if not users:
                return []
            user, thread = str(users[0]), ""


def _place(document_id: str, kind: str) -> Document:
    user_id, thread_id = _PARTITION
    return {"id": document_id, "type": kind, "user_id": user_id, "thread_id": thread_id}


def _to_document(backfill: Backfill) -> Document:
    kept = {"ttl": _KEPT_SECONDS} if backfill.has_ended else {}
    return {**backfill.model_dump(mode="json"), **_place(backfill.id, "backfill"), **kept}


def _write(document: Document, stored: Document | None) -> Operation:
    if stored is None:
        return ("create", (document,), {})
    return ("replace", (document["id"], document), {"if_match_etag": stored["_etag"]})
