"""The ChangedMemories port on Cosmos DB."""

from collections.abc import Collection

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import Document, query_documents

_VERSION = '"_ts": c._ts, "_etag": c._etag'
_MEMORY = (
    '"id": c.id, "type": c.type, "thread_id": c.thread_id, "content": c.content,'
    ' "content_hash": c.content_hash, "category": c.metadata.category,'
    ' "source": c.metadata.source, "title": c.title,'
    ' "name": c.name, "outcome": c.outcome, "status": c.status, "source_kind": c.source_kind,'
    ' "created_at": c.created_at, "last_said_at": c.metadata.last_said_at,'
    ' "superseded_by": c.superseded_by, "supersede_reason": c.supersede_reason'
)
# All types by one query: a profile run costs one request here, whatever it finds.
_CHANGED = (
    f"SELECT VALUE IIF(ARRAY_CONTAINS(@known, c._etag), {{{_VERSION}}}, {{{_MEMORY}, {_VERSION}}})"
    " FROM c WHERE c.user_id = @user_id"
    " AND c.type IN ('fact', 'episodic', 'procedural') AND c._ts >= @since ORDER BY c._ts"
)


class CosmosChangedMemories:
    """Implements shared.ports.ChangedMemories; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def since(self, user_id: str, since: int, known: Collection[str]) -> list[Document]:
        """See ChangedMemories.since."""
        bound = {"user_id": user_id, "since": since, "known": sorted(known)}
        return await query_documents(self._container, _CHANGED, bound, [user_id])
