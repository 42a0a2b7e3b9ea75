"""The SummaryStore on Cosmos DB: thread summaries and user profiles."""

from collections.abc import Collection, Mapping
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from shared.adapters.cosmos_documents import ACTIVE, Document, query_documents
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.identifiers import USER_SUMMARY_THREAD
from shared.domain.turns import ThreadKey

_BY_ID = (
    "SELECT c.id, c.content, c.metadata, c.created_at, c.updated_at, c._ts, c._etag FROM c"
    " WHERE c.id = @id"
)
_PROFILE_AND_CHANGED = (
    "SELECT c.id, c.thread_id, c.created_at, c.updated_at, c.versions, c._ts, c._etag,"
    " IIF(c.id = @profile_id OR ARRAY_CONTAINS(@known, c._etag), null, c.content) AS content,"
    " IIF(c.id = @profile_id, c.metadata, null) AS metadata"
    " FROM c WHERE c.user_id = @user_id AND ((c.id = @profile_id AND c.thread_id = @profile_thread)"
    f" OR (c.type = 'thread_summary' AND c._ts >= @since AND {ACTIVE}))"
)

_OTHER_VERSION = (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)


class CosmosSummaryStore:
    """Implements shared.ports.SummaryStore; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def load(self, key: ThreadKey, document_id: str) -> Document | None:
        """See SummaryStore.load."""
        found = await query_documents(
            self._container, _BY_ID, {"id": document_id}, [key.user_id, key.thread_id]
        )
        return found[0] if found else None

    async def save(self, document: Mapping[str, Any], *, replacing: str | None) -> bool:
        """See SummaryStore.save."""
        with translate_errors("saving a summary"):
            try:
                if replacing is None:
                    await self._container.create_item(dict(document))
                else:
                    await self._container.replace_item(
                        document["id"],
                        dict(document),
                        etag=replacing,
                        match_condition=MatchConditions.IfNotModified,
                    )
            except _OTHER_VERSION:
                return False
        return True

    async def remove(self, key: ThreadKey, document_id: str, etag: str) -> bool:
        """See SummaryStore.remove."""
        with translate_errors("removing a summary"):
            try:
                await self._container.delete_item(
                    document_id,
                    partition_key=[key.user_id, key.thread_id],
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            except _OTHER_VERSION:
                return False
        return True

    async def profile_and_changed_threads(
        self, user_id: str, profile_id: str, since: int, known: Collection[str]
    ) -> tuple[Document | None, list[Document]]:
        """See SummaryStore.profile_and_changed_threads."""
        place = {"profile_id": profile_id, "profile_thread": USER_SUMMARY_THREAD}
        bound = {"user_id": user_id, "since": since, "known": sorted(known), **place}
        found = await query_documents(self._container, _PROFILE_AND_CHANGED, bound, [user_id])
        profiles = [item for item in found if item["thread_id"] == USER_SUMMARY_THREAD]
        threads = [item for item in found if item["thread_id"] != USER_SUMMARY_THREAD]
        return (profiles[0] if profiles else None), threads
