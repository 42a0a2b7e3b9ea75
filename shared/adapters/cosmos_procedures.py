"""The ProcedureStore on Cosmos DB."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosAccessConditionFailedError, CosmosResourceNotFoundError

from shared.adapters.cosmos_documents import (
    ACTIVE,
    BatchRefusedError,
    Document,
    Operation,
    create_missing,
    execute_batch,
    query_documents,
)
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.identifiers import PROCEDURES_THREAD
from shared.domain.procedures import OPEN_STATUSES, RuleSource

_WISHES = (
    "SELECT TOP @limit c.id, c.content, c.metadata.category, c.metadata.source, c.source_turn_ids"
    f" FROM c WHERE c.user_id = @user_id AND c.type = 'fact' AND {ACTIVE}"
    " AND (c.metadata.category IN ('preference', 'requirement') OR c.salience >= 0.8)"
    " ORDER BY c.created_at DESC"
)
_LESSONS = (
    "SELECT TOP @limit c.id, c.lessons, c.source_turn_ids"
    f" FROM c WHERE c.user_id = @user_id AND c.type = 'episodic' AND {ACTIVE}"
    " AND ARRAY_LENGTH(c.lessons) > 0 ORDER BY c.created_at DESC"
)
_FACTS = (
    "SELECT c.id, c.superseded_by, c.supersede_reason FROM c"
    " WHERE c.user_id = @user_id AND ARRAY_CONTAINS(@ids, c.id)"
)
_OUTLINE = (
    "SELECT TOP @limit c.id, c.status, c.superseded_by, c.source_fact_ids, c._etag FROM c"
    " WHERE c.user_id = @user_id AND c.type = 'procedural' AND IS_DEFINED(c.status) AND "
)
_OPEN = "ARRAY_CONTAINS(@statuses, c.status)"
_LIVE = (
    f"{_OUTLINE} (({_OPEN} AND {ACTIVE}) OR ARRAY_CONTAINS(@ids, c.id)) ORDER BY c.updated_at DESC"
)
_ENDED = f"{_OUTLINE} {_OPEN} AND NOT {ACTIVE} ORDER BY c.superseded_at DESC"
_NAMES = (
    "SELECT TOP @limit c.id, c.name, c.summary, c.source_fact_ids FROM c WHERE c.user_id = @user_id"
    f" AND c.type = 'procedural' AND c.status = @status AND {ACTIVE}"
    " AND IS_DEFINED(c.name) AND IS_DEFINED(c.summary) ORDER BY c.updated_at DESC"
)
_BY_ID = (
    "SELECT c.id, c.name, c.summary, c.retrieval_text, c.procedure_kind, c.activation_conditions,"
    " c.steps, c.safety_constraints, c.status, c.source_kind, c.source_fact_ids,"
    " c.source_episodic_ids, c.source_memory_ids, c.version, c._etag FROM c"
    " WHERE c.type = 'procedural' AND ARRAY_CONTAINS(@ids, c.id)"
)
_MOST_CHANGES_A_PATCH = 10
_ENDING = ("superseded_by", "supersede_reason", "superseded_at")


class CosmosProcedureStore:
    """Implements shared.ports.ProcedureStore; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def wishes(self, user_id: str, limit: int) -> list[RuleSource]:
        """See ProcedureStore.wishes."""
        found = await self._query(_WISHES, user_id, limit=limit)
        return [
            RuleSource(
                id=item["id"],
                kind="user" if item.get("source") == "user" else "agent",
                text=str(item["content"]),
                category=str(item.get("category") or "other"),
                source_turn_ids=item.get("source_turn_ids") or [],
            )
            for item in found
        ]

    async def lessons(self, user_id: str, limit: int) -> list[RuleSource]:
        """See ProcedureStore.lessons."""
        found = await self._query(_LESSONS, user_id, limit=limit)
        return [
            RuleSource(
                id=item["id"],
                kind="lesson",
                text=" ".join(map(str, item["lessons"])),
                source_turn_ids=item.get("source_turn_ids") or [],
            )
            for item in found
        ]

    async def facts(self, user_id: str, ids: Sequence[str]) -> dict[str, Document]:
        """See ProcedureStore.facts."""
        if not ids:
            return {}
        found = await self._query(_FACTS, user_id, ids=list(ids))
        return {str(item["id"]): item for item in found}

    async def outline(self, user_id: str, limit: int, ids: Sequence[str] = ()) -> list[Document]:
        """See ProcedureStore.outline."""
        return await self._outline(_LIVE, user_id, limit=limit, ids=list(ids))

    async def ended(self, user_id: str, limit: int) -> list[Document]:
        """See ProcedureStore.ended."""
        return await self._outline(_ENDED, user_id, limit=limit)

    async def names(self, user_id: str, status: str, limit: int) -> list[Document]:
        """See ProcedureStore.names."""
        bound = {"user_id": user_id, "status": status, "limit": limit}
        partition = [user_id, PROCEDURES_THREAD]
        return await query_documents(self._container, _NAMES, bound, partition)

    async def load(self, user_id: str, ids: Sequence[str]) -> dict[str, Document]:
        """See ProcedureStore.load."""
        if not ids:
            return {}
        partition = [user_id, PROCEDURES_THREAD]
        found = await query_documents(self._container, _BY_ID, {"ids": list(ids)}, partition)
        return {str(item["id"]): item for item in found}

    async def create(self, user_id: str, documents: Sequence[Mapping[str, Any]]) -> int:
        """See ProcedureStore.create."""
        return await create_missing(self._container, documents, [user_id, PROCEDURES_THREAD])

    async def revise(
        self, user_id: str, procedure_id: str, etag: str, changes: Mapping[str, Any]
    ) -> bool:
        """See ProcedureStore.revise. A patch takes ten changes: all of them are in one batch."""
        fields = [{"op": "set", "path": f"/{name}", "value": changes[name]} for name in changes]
        parts = itertools.batched(fields, _MOST_CHANGES_A_PATCH, strict=False)
        operations: list[Operation] = [
            # The first of them makes another version of it.
            ("patch", (procedure_id, list(part)), {} if number else {"if_match_etag": etag})
            for number, part in enumerate(parts)
        ]
        try:
            await execute_batch(self._container, operations, [user_id, PROCEDURES_THREAD])
        except BatchRefusedError:
            return False
        return True

    async def mark(
        self, user_id: str, procedure_id: str, etag: str, end: tuple[str, str, str] | None
    ) -> bool:
        """See ProcedureStore.mark."""
        changes: list[Document] = [{"op": "remove", "path": f"/{name}"} for name in _ENDING]
        if end is not None:
            changes = [
                {"op": "set", "path": f"/{name}", "value": value}
                for name, value in zip(_ENDING, end, strict=True)
            ]
        with translate_errors("marking a procedure"):
            try:
                await self._container.patch_item(
                    procedure_id,
                    partition_key=[user_id, PROCEDURES_THREAD],
                    patch_operations=changes,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError):
                return False
        return True

    async def _outline(self, query: str, user_id: str, **bound: object) -> list[Document]:
        values = {"user_id": user_id, "statuses": list(OPEN_STATUSES), **bound}
        return await query_documents(self._container, query, values, [user_id, PROCEDURES_THREAD])

    async def _query(self, query: str, user_id: str, **bound: object) -> list[Document]:
        values = {"user_id": user_id, **bound}
        return await query_documents(self._container, query, values, [user_id])
