"""The FactStore on Cosmos DB."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceNotFoundError,
)
from pydantic import ValidationError

from shared.adapters.cosmos_documents import (
    ACTIVE,
    create_missing,
    query_documents,
    read_document,
)
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.absorbing import absorb_fact
from shared.domain.facts import GroundedFact, KnownFact
from shared.domain.turns import ThreadKey

_KNOWN = (
    "c.id, c.thread_id, c.content, c.content_hash, c.metadata.source, c.created_at,"
    " c.metadata.last_said_at, c.superseded_by, c.supersede_reason, c.source_turn_ids"
)
_NEAREST = (
    f"SELECT TOP @limit {_KNOWN} FROM c WHERE c.user_id = @user_id AND c.type = 'fact' AND {ACTIVE}"
    " ORDER BY VectorDistance(c.embedding, @embedding)"
)
_BY_ID = f"SELECT {_KNOWN} FROM c WHERE c.user_id = @user_id AND ARRAY_CONTAINS(@ids, c.id)"
_BY_HASH = (
    f"SELECT {_KNOWN} FROM c WHERE c.user_id = @user_id AND c.type = 'fact' AND {ACTIVE}"
    " AND ARRAY_CONTAINS(@hashes, c.content_hash)"
)
_NEWEST = (
    f"SELECT TOP @limit {_KNOWN} FROM c WHERE c.user_id = @user_id AND c.type = 'fact' AND {ACTIVE}"
    " AND NOT ARRAY_CONTAINS(c.tags, 'sys:agent-fact') ORDER BY c.created_at DESC"
)


def _read_known(item: Mapping[str, Any]) -> KnownFact | None:
    """The fact, or None: others write facts too, and may leave out what makes it one for us."""
    try:
        return KnownFact.model_validate({k: v for k, v in item.items() if v is not None})
    except ValidationError:
        return None


def _said_last_at(known: KnownFact) -> str:
    """The condition that a fact was not said again since it was read."""
    if known.last_said_at:
        return f"c.metadata.last_said_at = {json.dumps(known.last_said_at)}"
    return "(NOT IS_DEFINED(c.metadata.last_said_at) OR IS_NULL(c.metadata.last_said_at))"


class CosmosFactStore:
    """Implements shared.ports.FactStore; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def nearest(
        self, user_id: str, embedding: Sequence[float], limit: int
    ) -> list[KnownFact]:
        """See FactStore.nearest."""
        bound = {"limit": limit, "user_id": user_id, "embedding": list(embedding)}
        return await self._known(_NEAREST, bound, user_id)

    async def load(self, user_id: str, fact_ids: Sequence[str]) -> dict[str, KnownFact]:
        """See FactStore.load."""
        if not fact_ids:
            return {}
        bound = {"user_id": user_id, "ids": list(fact_ids)}
        return {fact.id: fact for fact in await self._known(_BY_ID, bound, user_id)}

    async def create(self, key: ThreadKey, documents: Sequence[Mapping[str, Any]]) -> int:
        """See FactStore.create."""
        partition = [key.user_id, key.thread_id]
        return await create_missing(self._container, documents, partition)

    async def absorb(
        self, known: KnownFact, user_id: str, fact: GroundedFact, *, revive: bool
    ) -> bool:
        """See FactStore.absorb."""
        partition = [user_id, known.thread_id]
        stored = await read_document(self._container, known.id, partition)
        if stored is None:
            return False
        changed = absorb_fact(stored, fact, revive=revive)
        if changed is None:
            return True
        with translate_errors("uniting a fact"):
            await self._container.replace_item(
                known.id,
                changed,
                etag=stored["_etag"],
                match_condition=MatchConditions.IfNotModified,
            )
        return True

    async def supersede(
        self, user_id: str, loser: KnownFact, winner_id: str, reason: str, at: str
    ) -> bool:
        """See FactStore.supersede."""
        changes = [
            {"op": "set", "path": "/superseded_by", "value": winner_id},
            {"op": "set", "path": "/supersede_reason", "value": reason},
            {"op": "set", "path": "/superseded_at", "value": at},
        ]
        unchanged = f"c.created_at = {json.dumps(loser.created_at)} AND {_said_last_at(loser)}"
        return await self._patch_active(user_id, loser, changes, unchanged)

    async def note_said(self, user_id: str, known: KnownFact, said_at: str) -> bool:
        """See FactStore.note_said."""
        changes = [{"op": "set", "path": "/metadata/last_said_at", "value": said_at}]
        unchanged = f"IS_OBJECT(c.metadata) AND {_said_last_at(known)}"
        return await self._patch_active(user_id, known, changes, unchanged)

    async def _patch_active(
        self, user_id: str, known: KnownFact, changes: list[dict[str, Any]], unchanged: str
    ) -> bool:
        """Whether the fact was still active, and as it was read."""
        with translate_errors("patching a fact"):
            try:
                await self._container.patch_item(
                    known.id,
                    partition_key=[user_id, known.thread_id],
                    patch_operations=changes,
                    filter_predicate=f"FROM c WHERE {ACTIVE} AND {unchanged}",
                )
            except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError):
                return False
        return True

    async def newest(self, user_id: str, limit: int) -> list[KnownFact]:
        """See FactStore.newest."""
        return await self._known(_NEWEST, {"limit": limit, "user_id": user_id}, user_id)

    async def same_content(self, user_id: str, content_hashes: Sequence[str]) -> list[KnownFact]:
        """See FactStore.same_content."""
        if not content_hashes:
            return []
        bound = {"user_id": user_id, "hashes": list(content_hashes)}
        return await self._known(_BY_HASH, bound, user_id)

    async def _known(self, query: str, bound: Mapping[str, Any], user_id: str) -> list[KnownFact]:
        found = await query_documents(self._container, query, bound, [user_id])
        facts = (_read_known(item) for item in found)
        return [fact for fact in facts if fact is not None]
