"""The EpisodeStore on Cosmos DB."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from shared.adapters.cosmos_documents import create_missing
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.errors import ConflictError
from shared.domain.identifiers import episode_cursor_id
from shared.domain.turns import ThreadKey


class CosmosEpisodeStore:
    """Implements shared.ports.EpisodeStore; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def create(self, key: ThreadKey, documents: Sequence[Mapping[str, Any]]) -> int:
        """See EpisodeStore.create."""
        return await create_missing(self._container, documents, [key.user_id, key.thread_id])

    async def move_cursor(self, key: ThreadKey, last_at: str, last_turn: str, now: str) -> None:
        """See EpisodeStore.move_cursor. One request, two for a thread's first cursor."""
        mark = {"last_episode_at": last_at, "last_episode_id": last_turn, "updated_at": now}
        if await self._patch(key, mark):
            return
        document = {
            "id": episode_cursor_id(key.user_id, key.thread_id),
            "type": "episode_cursor",
            **key.model_dump(),
            **mark,
        }
        with translate_errors("creating an episode cursor"):
            try:
                await self._container.create_item(document)
            except CosmosResourceExistsError as error:
                raise ConflictError("conflict: others write an episode cursor; again") from error

    async def _patch(self, key: ThreadKey, mark: Mapping[str, str]) -> bool:
        """Whether there is a cursor; it is moved if it is behind."""
        at, turn = json.dumps(mark["last_episode_at"]), json.dumps(mark["last_episode_id"])
        behind = (
            f"c.last_episode_at < {at} OR (c.last_episode_at = {at} AND c.last_episode_id < {turn})"
        )
        with translate_errors("moving an episode cursor"):
            try:
                await self._container.patch_item(
                    episode_cursor_id(key.user_id, key.thread_id),
                    partition_key=[key.user_id, key.thread_id],
                    patch_operations=[
                        {"op": "set", "path": f"/{name}", "value": value}
                        for name, value in mark.items()
                    ],
                    filter_predicate=f"FROM c WHERE {behind}",
                )
            except CosmosAccessConditionFailedError:
                return True
            except CosmosResourceNotFoundError:
                return False
        return True
