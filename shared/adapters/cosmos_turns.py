"""The TurnReader on Cosmos DB: one document a turn."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import query_documents, query_pages
from shared.domain.turns import ThreadKey, Turn, read_turn

_BY_ID = (
    "SELECT c.id, c.role, c.content, c.created_at, c.metadata, c.agent_id, c.extracted_at, c._ts"
    " FROM c WHERE c.type = 'turn' AND ARRAY_CONTAINS(@ids, c.id)"
)
_SCAN = (
    "SELECT c.id, c.type, c.user_id, c.thread_id, c.ttl, c._ts FROM c"
    " WHERE c.type = 'turn' AND c._ts >= @since AND c._ts < @until"
    " ORDER BY c._ts"
)


class CosmosTurnReader:
    """Implements shared.ports.TurnReader; see there for the promises."""

    def __init__(self, container: ContainerProxy, scanned: ContainerProxy) -> None:
        self._container = container
        self._scanned = scanned

    async def read(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[Turn]:
        """See TurnReader.read."""
        found = await query_documents(
            self._container, _BY_ID, {"ids": list(turn_ids)}, [key.user_id, key.thread_id]
        )
        turns = {turn.id: turn for turn in map(read_turn, found)}
        return [turns[turn_id] for turn_id in turn_ids if turn_id in turns]

    async def scan(
        self, since: int, until: int, *, user_id: str | None = None, page_size: int = 500
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """See TurnReader.scan."""
        bounds = {"since": since, "until": until}
        async for page in query_pages(
            self._scanned, _SCAN, bounds, None if user_id is None else [user_id], page_size
        ):
            yield page
