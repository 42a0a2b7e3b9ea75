"""The VanishingLog on Cosmos DB: the walk in the processor's partition, notes beside a thread."""

from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceExistsError, CosmosResourceNotFoundError

from shared.adapters.cosmos_documents import (
    Document,
    query_documents,
    query_values,
    read_document,
)
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import VanishedTurns, Walk
from shared.ports import Versioned

_WALK_ID = "vanished-walk"
_PROCESSOR = "__processor__"
_USERS = (
    "SELECT TOP @limit VALUE c.user_id FROM c"
    " WHERE c.type = 'user_state' AND c.user_id > @after ORDER BY c.user_id"
)
_THREADS = (
    "SELECT TOP @limit VALUE c.thread_id FROM c"
    " WHERE c.type = 'thread_state' AND c.closed > 0 AND c.thread_id > @after"
    " ORDER BY c.thread_id"
)
_NOTES = (
    "SELECT TOP @limit * FROM c WHERE c.type = 'vanished_turns'"
    " AND c.walk <= @cleared AND c.next_at <= @now ORDER BY c.next_at"
)


class CosmosVanishingLog:
    """Implements shared.ports.VanishingLog; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def load_walk(self) -> Versioned[Walk]:
        """See VanishingLog.load_walk."""
        stored = await read_document(self._container, _WALK_ID, [_PROCESSOR, _PROCESSOR])
        return _read_walk(stored) if stored else Versioned(Walk(), "")

    async def save_walk(self, walk: Walk, etag: str) -> Versioned[Walk]:
        """See VanishingLog.save_walk."""
        place = {
            "user_id": _PROCESSOR,
            "thread_id": _PROCESSOR,
            "at": [walk.user_id, walk.thread_id],
        }
        document = {
            **walk.model_dump(mode="json"),
            **place,
            "id": _WALK_ID,
            "type": "vanished_walk",
        }
        return _read_walk(await self._write(document, etag))

    async def users_after(self, user_id: str, limit: int) -> list[str]:
        """See VanishingLog.users_after."""
        bound = {"limit": limit, "after": user_id}
        return await query_values(self._container, _USERS, bound)

    async def threads_after(self, key: ThreadKey, limit: int) -> list[str]:
        """See VanishingLog.threads_after."""
        bound = {"limit": limit, "after": key.thread_id}
        return await query_values(self._container, _THREADS, bound, [key.user_id])

    async def note(self, vanished: VanishedTurns) -> bool:
        """See VanishingLog.note."""
        with translate_errors("noting vanished turns"):
            try:
                await self._container.create_item(_note_document(vanished))
            except CosmosResourceExistsError:
                return False
        return True

    async def due_notes(
        self, now: float, cleared: int, limit: int
    ) -> list[Versioned[VanishedTurns]]:
        """See VanishingLog.due_notes."""
        bound = {"now": now, "cleared": cleared, "limit": limit}
        found = await query_documents(self._container, _NOTES, bound)
        return [_read_note(document) for document in found]

    async def save_note(self, vanished: VanishedTurns, etag: str) -> Versioned[VanishedTurns]:
        """See VanishingLog.save_note."""
        return _read_note(await self._write(_note_document(vanished), etag))

    async def drop_note(self, vanished: VanishedTurns) -> None:
        """See VanishingLog.drop_note."""
        with translate_errors("removing a note of vanished turns"):
            try:
                await self._container.delete_item(
                    vanished.id, partition_key=[vanished.user_id, vanished.thread_id]
                )
            except CosmosResourceNotFoundError:
                return

    async def _write(self, document: Document, etag: str) -> Document:
        with translate_errors("writing down vanished turns"):
            if not etag:
                return dict(await self._container.create_item(document))
            return dict(
                await self._container.replace_item(
                    document["id"],
                    document,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            )


def _read_walk(stored: Document) -> Versioned[Walk]:
    user_id, thread_id = stored["at"]
    cursor: dict[str, Any] = {"user_id": user_id, "thread_id": thread_id}
    return Versioned(Walk.model_validate({**stored, **cursor}), str(stored["_etag"]))


def _note_document(vanished: VanishedTurns) -> Document:
    return {**vanished.model_dump(mode="json"), "type": "vanished_turns"}


def _read_note(stored: Document) -> Versioned[VanishedTurns]:
    return Versioned(VanishedTurns.model_validate(stored), str(stored["_etag"]))
