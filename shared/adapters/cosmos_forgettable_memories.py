"""The ForgettableMemories on Cosmos DB."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from shared.adapters.cosmos_documents import Document, query_documents
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.turns import ThreadKey

_RESTING = (
    "SELECT * FROM c WHERE EXISTS"
    " (SELECT VALUE s FROM s IN c.source_turn_ids WHERE ARRAY_CONTAINS(@ids, s))"
)
_DERIVED = "SELECT * FROM c WHERE c.user_id = @user_id AND (" + " OR ".join(
    f"EXISTS (SELECT VALUE s FROM s IN c.{name} WHERE ARRAY_CONTAINS(@ids, s))"
    for name in ("source_fact_ids", "source_episodic_ids", "source_memory_ids")
)
_NAMED = "SELECT * FROM c WHERE c.user_id = @user_id AND ARRAY_CONTAINS(@ids, c.id)"
_ENDED = "SELECT * FROM c WHERE c.user_id = @user_id AND ARRAY_CONTAINS(@ids, c.superseded_by)"


class CosmosForgettableMemories:
    """Implements shared.ports.ForgettableMemories; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def resting_on(
        self, key: ThreadKey, turn_ids: Sequence[str], memory_ids: Collection[str]
    ) -> list[Document]:
        """See ForgettableMemories.resting_on."""
        bound = {"ids": list(turn_ids)}
        partition = [key.user_id, key.thread_id]
        found = await query_documents(self._container, _RESTING, bound, partition)
        found += await self._ask(_NAMED, key.user_id, memory_ids)
        return list({(item["thread_id"], item["id"]): item for item in found}.values())

    async def derived_from(self, user_id: str, memory_ids: Collection[str]) -> list[Document]:
        """See ForgettableMemories.derived_from."""
        return await self._ask(f"{_DERIVED})", user_id, memory_ids)

    async def ended_by(self, user_id: str, memory_ids: Collection[str]) -> list[Document]:
        """See ForgettableMemories.ended_by."""
        return await self._ask(_ENDED, user_id, memory_ids)

    async def _ask(self, query: str, user_id: str, ids: Collection[str]) -> list[Document]:
        if not ids:
            return []
        bound = {"user_id": user_id, "ids": list(ids)}
        return await query_documents(self._container, query, bound, [user_id])

    async def replace(self, document: Mapping[str, Any]) -> None:
        """See ForgettableMemories.replace."""
        with translate_errors("taking something out of a memory"):
            await self._container.replace_item(
                document["id"],
                dict(document),
                etag=document["_etag"],
                match_condition=MatchConditions.IfNotModified,
            )

    async def remove(self, document: Mapping[str, Any]) -> None:
        """See ForgettableMemories.remove."""
        with translate_errors("forgetting a memory"):
            try:
                await self._container.delete_item(
                    document["id"],
                    partition_key=[document["user_id"], document["thread_id"]],
                    etag=document["_etag"],
                    match_condition=MatchConditions.IfNotModified,
                )
            except CosmosResourceNotFoundError:
                return
