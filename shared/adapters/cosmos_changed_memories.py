"""The ChangedMemories port on Cosmos DB."""

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import Document, query_documents

# All types by one query: a profile run costs one request here, whatever it finds.
_CHANGED = (
    "SELECT c.id, c.type, c.thread_id, c.content, c.content_hash, c.metadata.category, c.title,"
    " c.name, c.outcome, c.status, c.source_kind, c.created_at, c.superseded_by,"
    " c.supersede_reason, c._ts, c._etag FROM c WHERE c.user_id = @user_id"
    " AND c.type IN ('fact', 'episodic', 'procedural') AND c._ts >= @since ORDER BY c._ts"
)


class CosmosChangedMemories:
    """Implements shared.ports.ChangedMemories; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def since(self, user_id: str, since: int) -> list[Document]:
        """See ChangedMemories.since."""
        bound = {"user_id": user_id, "since": since}
        return await query_documents(self._container, _CHANGED, bound, [user_id])
