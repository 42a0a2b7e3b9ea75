"""The database of a seed, for whoever writes turns to it and looks at it afterwards."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from local.stack.containers import create_store, load_description
from tests.chaos.fates import Fates
from tests.chaos.foreign_counter import count_turn
from tests.chaos.lane import DIMENSIONS, KEY, Lane
from tests.chaos.workload import Document, PlannedTurn

_DESCRIPTION = load_description()
DATABASE = _DESCRIPTION.database
_KNOWN_CONTAINER = (
    "SELECT VALUE {} FROM c WHERE c.type = 'vanished_walk' AND LENGTH(c.container) > 0"
)
# A turn may be read at its last moment, and be counted a little later.
_GRACE_SECONDS = 2.0


@dataclass(frozen=True)
class Snapshot:
    """All that is stored beside the turns, at one moment."""

    counters: list[Document]
    memories: list[Document] = field(default_factory=list)
    summaries: list[Document] = field(default_factory=list)

    def of_type(self, kind: str) -> list[Document]:
        """The documents of the counter container that have this type."""
        return [document for document in self.counters if document.get("type") == kind]


def container_name(role: str) -> str:
    """The name of the container that plays a role."""
    return _DESCRIPTION.name_of(role)


class Store:
    """The containers of one seed, and which of its turns are there."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._versions = itertools.count(2)
        self.written: dict[int, PlannedTurn] = {}
        self._deleted: set[int] = set()
        self._unsettled: set[int] = set()
        self._last_write: dict[int, float] = {}
        self._lost_at: dict[int, float] = {}
        self._is_replaced = False
        self._restored: set[int] = set()

    def tell_fates(self) -> Fates:
        """What has become of each turn until now.

        One with a short life that is deleted counts as expired, as it does for the app.
        """
        fates = Fates([], restored=frozenset(self._restored))
        for number, turn in self.written.items():
            if number in self._unsettled:
                fates.unsettled.append(turn)
            elif number in self._deleted:
                (fates.expired if turn.is_short_lived else fates.deleted).append(turn)
            else:
                (fates.living if self._lives(turn, _GRACE_SECONDS) else fates.expired).append(turn)
        return fates

    def _lives(self, turn: PlannedTurn, grace: float = 0.0) -> bool:
        number = turn.number
        if number not in self.written or number in self._deleted:
            return False
        end = self._last_write[number] + turn.lifetime
        return time.time() < min(end, self._lost_at.get(number, end)) + grace

    async def write(self, turns: Iterable[PlannedTurn]) -> None:
        """Write turns that were not there, each thread in its order."""
        for turn in turns:
            await self._container("turns").create_item(turn.document())
            self._last_write[turn.number] = time.time()
            self.written[turn.number] = turn

    async def update(self, turns: Iterable[PlannedTurn]) -> int:
        """Write those that are there once more; how many they were."""
        updated = 0
        for turn in filter(self._lives, turns):
            document = turn.document(next(self._versions))
            with contextlib.suppress(CosmosResourceNotFoundError):  # it has just expired
                await self._container("turns").replace_item(turn.turn_id, document)
                self._last_write[turn.number] = time.time()
                updated += 1
        return updated

    async def delete(self, turns: Iterable[PlannedTurn]) -> int:
        """Delete those that are there; how many they were."""
        deleted = 0
        for turn in filter(self._lives, turns):
            self._deleted.add(turn.number)
            if self._is_replaced:
                self._unsettled.add(turn.number)
            with contextlib.suppress(CosmosResourceNotFoundError):  # it has just expired
                await self._container("turns").delete_item(
                    turn.turn_id, partition_key=[*turn.thread]
                )
                deleted += 1
        return deleted

    async def replace_turns(self, restored: Iterable[PlannedTurn]) -> int:
        """Put an empty container in the place of the turns, and write some of them again.

        How many turns were lost; none if the app has not looked at the container yet: it could not
        know the one from the other.
        """
        if not await self._read("counters", _KNOWN_CONTAINER):
            return 0
        lost = [turn for turn in self.written.values() if self._lives(turn)]
        back = [turn for turn in restored if turn in lost]
        self._is_replaced = True
        self._unsettled |= self._deleted
        self._restored |= {turn.number for turn in back}
        database = self._lane.client.get_database_client(DATABASE)
        await database.delete_container(container_name("turns"))
        self._lost_at |= {turn.number: time.time() for turn in lost}
        await create_store(self._lane.cosmos_url, KEY, DIMENSIONS)
        await self.write(back)
        for turn in back:
            del self._lost_at[turn.number]
        return len(lost)

    async def count_elsewhere(self, turns: Iterable[PlannedTurn]) -> int:
        """Let an in-process client count turns, there or not; how many counters it has written."""
        counters = self._container("counters")
        return sum([await count_turn(counters, turn) for turn in turns])

    async def look(self, *, whole: bool = False) -> Snapshot:
        """What is stored: the counters, or (whole) the memories and summaries as well."""
        if not whole:
            return Snapshot(await self._read("counters", "SELECT * FROM c"))
        fields = (
            "c.id, c.type, c.user_id, c.thread_id, c.content, c.content_hash, c.superseded_by,"
            " c.source_turn_ids, c.metadata, c._ts, c._etag"
        )
        counters, memories, summaries = await asyncio.gather(
            self._read("counters", "SELECT * FROM c"),
            self._read("memories", f"SELECT {fields} FROM c"),
            self._read("summaries", f"SELECT {fields} FROM c"),
        )
        return Snapshot(counters, memories, summaries)

    async def _read(self, role: str, query: str) -> list[Document]:
        rows: Any = self._container(role).query_items(query, max_item_count=1000)
        return [dict(row) async for row in rows]

    def _container(self, role: str) -> ContainerProxy:
        database = self._lane.client.get_database_client(DATABASE)
        return database.get_container_client(container_name(role))


async def create_database(lane: Lane, default_ttl: int) -> Store:
    """A fresh database with the app's containers, of which that of turns keeps them so long."""
    with contextlib.suppress(CosmosResourceNotFoundError):
        await lane.client.delete_database(DATABASE)
    await create_store(lane.cosmos_url, KEY, DIMENSIONS)
    database = lane.client.get_database_client(DATABASE)
    turns = database.get_container_client(container_name("turns"))
    described = await turns.read()
    await database.replace_container(
        turns.id,
        PartitionKey(described["partitionKey"]["paths"], kind="MultiHash"),
        default_ttl=default_ttl,
        indexing_policy=described["indexingPolicy"],
        vector_embedding_policy=described["vectorEmbeddingPolicy"],
    )
    return Store(lane)
