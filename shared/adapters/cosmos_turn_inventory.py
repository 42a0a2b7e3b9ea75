"""The TurnInventory on Cosmos DB."""

from collections.abc import Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import query_documents, query_values
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import TurnContainer

_IDS = "SELECT VALUE c.id FROM c WHERE c.type = 'turn'"
_ARRIVALS = (
    "SELECT c.id, c.type, c.user_id, c.thread_id, c.ttl, c._ts FROM c"
    " WHERE c.type = 'turn' AND ARRAY_CONTAINS(@ids, c.id)"
)


class CosmosTurnInventory:
    """Implements shared.ports.TurnInventory; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def describe(self) -> TurnContainer:
        """See TurnInventory.describe."""
        with translate_errors("reading the turns container"):
            properties: dict[str, Any] = await self._container.read()
        return TurnContainer(
            identity=str(properties["_rid"]),
            default_ttl=properties.get("defaultTtl"),
            written_at=int(properties.get("_ts") or 0),
        )

    async def existing(self, key: ThreadKey, among: Sequence[str] | None = None) -> set[str]:
        """See TurnInventory.existing."""
        query, bound = _IDS, dict[str, Any]()
        if among is not None:
            query, bound = f"{_IDS} AND ARRAY_CONTAINS(@ids, c.id)", {"ids": list(among)}
        return set(await query_values(self._container, query, bound, [key.user_id, key.thread_id]))

    async def arrivals(self, key: ThreadKey, turn_ids: Sequence[str]) -> list[dict[str, Any]]:
        """See TurnInventory.arrivals."""
        bound = {"ids": list(turn_ids)}
        return await query_documents(
            self._container, _ARRIVALS, bound, [key.user_id, key.thread_id]
        )
