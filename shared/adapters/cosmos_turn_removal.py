"""The TurnRemoval port on Cosmos DB."""

from collections.abc import Sequence
from contextlib import suppress

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from shared.adapters.cosmos_documents import (
    BatchRefusedError,
    Operation,
    execute_batch,
    query_values,
)
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.turns import ThreadKey

_MOST_A_BATCH = 100
_IDS = "SELECT VALUE c.id FROM c WHERE c.type = 'turn' AND ARRAY_CONTAINS(@ids, c.id)"
_THREADS = "SELECT DISTINCT VALUE c.thread_id FROM c WHERE c.type = 'turn'"


class CosmosTurnRemoval:
    """Implements shared.ports.TurnRemoval; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def threads(self, user_id: str) -> list[str]:
        """See TurnRemoval.threads."""
        return sorted(await query_values(self._container, _THREADS, {}, [user_id]))

    async def remove(self, key: ThreadKey, turn_ids: Sequence[str]) -> None:
        """See TurnRemoval.remove."""
        partition = [key.user_id, key.thread_id]
        there = await query_values(self._container, _IDS, {"ids": list(turn_ids)}, partition)
        for start in range(0, len(there), _MOST_A_BATCH):
            part = there[start : start + _MOST_A_BATCH]
            operations: list[Operation] = [("delete", (turn_id,), {}) for turn_id in part]
            try:
                await execute_batch(self._container, operations, partition)
            except BatchRefusedError:
                # One of them went meanwhile, and took the whole batch with it.
                await self._remove_singly(part, partition)

    async def _remove_singly(self, turn_ids: Sequence[str], partition: list[str]) -> None:
        for turn_id in turn_ids:
            with translate_errors("deleting a turn"), suppress(CosmosResourceNotFoundError):
                await self._container.delete_item(turn_id, partition_key=partition)
