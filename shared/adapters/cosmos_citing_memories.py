"""The CitingMemories on Cosmos DB: whatever in the memories container cites turns."""

from collections.abc import Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from shared.adapters.cosmos_documents import ACTIVE, query_documents
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.reprocess import RETIRED
from shared.domain.retirement import CitingMemory

_SELECT = (
    "SELECT c.id, c.thread_id, c.type, c.source_turn_ids, c.superseded_by, c.supersede_reason,"
    " c._etag AS etag FROM c WHERE c.user_id = @user_id AND IS_DEFINED(c.source_turn_ids) AND "
)
_BY_ID = _SELECT + "ARRAY_CONTAINS(@ids, c.id)"
_ENDED_BY = _SELECT + "ARRAY_CONTAINS(@ids, c.superseded_by)"
_CITING = (
    f"{_SELECT} {ACTIVE}"
    " AND EXISTS(SELECT VALUE t FROM t IN c.source_turn_ids WHERE ARRAY_CONTAINS(@ids, t))"
)
_END = ("superseded_by", "supersede_reason", "superseded_at")


class CosmosCitingMemories:
    """Implements shared.ports.CitingMemories; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def load(self, user_id: str, memory_ids: Sequence[str]) -> list[CitingMemory]:
        """See CitingMemories.load."""
        return await self._find(_BY_ID, user_id, memory_ids)

    async def ended_by(self, user_id: str, memory_ids: Sequence[str]) -> list[CitingMemory]:
        """See CitingMemories.ended_by."""
        return await self._find(_ENDED_BY, user_id, memory_ids)

    async def citing(self, user_id: str, turn_ids: Sequence[str]) -> list[CitingMemory]:
        """See CitingMemories.citing."""
        return await self._find(_CITING, user_id, turn_ids)

    async def retire(self, user_id: str, memory: CitingMemory, by: str, at: str) -> None:
        """See CitingMemories.retire."""
        values = zip(_END, (by, RETIRED, at), strict=True)
        changes = [{"op": "set", "path": f"/{name}", "value": value} for name, value in values]
        await self._patch(user_id, memory, changes)

    async def revive(self, user_id: str, memory: CitingMemory) -> None:
        """See CitingMemories.revive."""
        changes = [{"op": "remove", "path": f"/{name}"} for name in _END]
        await self._patch(user_id, memory, changes)

    async def _patch(
        self, user_id: str, memory: CitingMemory, changes: list[dict[str, Any]]
    ) -> None:
        """Change the version that was read; one that was deleted since is as good."""
        with translate_errors("ending or reviving a memory"):
            try:
                await self._container.patch_item(
                    memory.id,
                    partition_key=[user_id, memory.thread_id],
                    patch_operations=changes,
                    etag=memory.etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            except CosmosResourceNotFoundError:
                return

    async def _find(self, query: str, user_id: str, ids: Sequence[str]) -> list[CitingMemory]:
        if not ids:
            return []
        bound: Mapping[str, Any] = {"user_id": user_id, "ids": list(ids)}
        return [
            CitingMemory.model_validate({k: v for k, v in item.items() if v is not None})
            for item in await query_documents(self._container, query, bound, [user_id])
        ]
