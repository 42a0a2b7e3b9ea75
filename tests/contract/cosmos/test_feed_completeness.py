"""Whatever happens between two reads of the change feed, nobody who follows it misses a write."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from azure.core.exceptions import AzureError
from azure.cosmos import ContainerProxy, CosmosClient, PartitionKey
from azure.cosmos.aio import ContainerProxy as AsyncContainerProxy
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.cosmos.partition_splits import split_partition
from tests.contract.cosmos.server_process import KEY, ServerProcess

USERS = 6
USER = st.integers(0, USERS - 1)
NAMES = st.integers(0, 3)
STEP = st.one_of(
    st.tuples(st.just("write"), USER, NAMES),
    st.tuples(st.just("batch"), USER, st.lists(NAMES, min_size=1, max_size=4, unique=True)),
    st.tuples(st.just("delete"), USER, NAMES),
    st.tuples(st.just("read"), st.integers(0, 2), st.none()),
    st.tuples(st.just("split"), st.none(), st.none()),
)


class Follower:
    """Reads a part of the feed page by page and keeps the newest version of each item.

    It begins on an empty container, and only at the end of the feed does it go on from a
    continuation: the client cannot read its own token while a part was never read.
    """

    def __init__(self, container: ContainerProxy, page_items: int, **scope: Any) -> None:
        self._container = container
        self._page_items = page_items
        self._token = ""
        self._open(start_time="Beginning", **scope)
        self.seen: dict[tuple[str, str], int] = {}
        assert not self.read()

    def _open(self, **options: Any) -> None:
        feed = self._container.query_items_change_feed(max_item_count=self._page_items, **options)
        self._pages = feed.by_page()

    def read(self) -> bool:
        """One page; whether there was anything."""
        client = self._container.client_connection
        headers = client.last_response_headers
        page = list(next(self._pages, []))
        for item in page:
            name = item["user"], item["id"]
            assert item["n"] > self.seen.get(name, -1), "an older version after a newer one"
            self.seen[name] = item["n"]
        if client.last_response_headers is not headers:
            self._token = client.last_response_headers["etag"]
        if not page:
            self._open(continuation=self._token)
        return bool(page)


@pytest.mark.long
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, max_size=30))
def test_followers_see_the_newest_version_of_everything(
    server: ServerProcess, client: CosmosClient, steps: list[tuple[str, Any, Any]]
) -> None:
    database = client.create_database_if_not_exists("follow")
    container = database.create_container(uuid4().hex, PartitionKey(path="/user"))
    stored: dict[tuple[str, str], int] = {}
    followers = [
        Follower(container, 2),
        Follower(container, 1, partition_key="u1"),
        Follower(container, 3, feed_range=next(iter(container.read_feed_ranges()))),
    ]
    for at, (kind, first, second) in enumerate(steps):
        user = f"u{first}"
        match kind:
            case "write":
                container.upsert_item({"id": str(second), "user": user, "n": at})
                stored[user, str(second)] = at
            case "batch":
                documents = [{"id": str(name), "user": user, "n": at} for name in second]
                container.execute_item_batch([("upsert", (one,)) for one in documents], user)
                stored |= {(user, str(name)): at for name in second}
            case "delete":
                if stored.pop((user, str(second)), None) is not None:
                    container.delete_item(str(second), user)
            case "read":
                followers[first].read()
            case _:
                split_partition(server, container)
    for follower in followers:
        # A pass of the client that meets a split may end before the parts that came of it; the
        # next one reads them.
        while follower.read() or follower.read():
            pass
    whole, one_user, one_area = (follower.seen for follower in followers)
    assert stored.items() <= whole.items()
    assert {name: n for name, n in stored.items() if name[0] == "u1"}.items() <= one_user.items()
    assert all(user == "u1" for user, _ in one_user)
    assert stored.items() <= one_area.items()


@asynccontextmanager
async def opened(url: str, name: str) -> AsyncIterator[AsyncContainerProxy]:
    async with AsyncCosmosClient(url, KEY) as client:
        yield client.get_database_client("db").get_container_client(name)


async def insist(call: Any) -> None:
    """Repeat a call until the server, which is killed now and then, has acknowledged it."""
    while True:
        try:
            await call()
        except (AzureError, OSError):
            await asyncio.sleep(0.05)
        else:
            return


async def write_versions(container: AsyncContainerProxy, user: str, versions: int) -> None:
    for n in range(versions):
        document = {"id": str(n % 20), "user": user, "n": n}
        await insist(lambda document=document: container.upsert_item(document))


async def follow_feed(
    container: AsyncContainerProxy, seen: dict[tuple[str, str], int], finished: asyncio.Event
) -> None:
    options: dict[str, Any] = {"start_time": "Beginning"}
    while True:
        was_finished = finished.is_set()
        found = 0
        try:
            feed = container.query_items_change_feed(max_item_count=10, **options)
            async for item in feed:
                name = item["user"], item["id"]
                seen[name] = max(item["n"], seen.get(name, -1))
                found += 1
            token = container.client_connection.last_response_headers["etag"]
        except (AzureError, OSError):
            await asyncio.sleep(0.05)
            continue
        options = {"continuation": token}
        if was_finished and not found:
            return


@pytest.mark.long
async def test_nothing_is_missed_over_writers_splits_and_kills(tmp_path: Path) -> None:
    chance = random.Random()
    server = ServerProcess(tmp_path, "--partitions", "2")
    port = server.url.rstrip("/").rpartition(":")[2]
    with CosmosClient(server.url, KEY) as client:
        made = client.create_database("db").create_container("c", PartitionKey(path="/user"))
    seen: dict[tuple[str, str], int] = {}
    finished = asyncio.Event()
    async with opened(server.url, "c") as writing, opened(server.url, "c") as reading:
        follower = asyncio.create_task(follow_feed(reading, seen, finished))
        writers = [
            asyncio.create_task(write_versions(writing, f"u{user}", 150)) for user in range(6)
        ]
        try:
            for _ in range(4):
                await asyncio.sleep(chance.uniform(0.1, 0.5))
                await asyncio.to_thread(split_partition, server, made)
                await asyncio.sleep(chance.uniform(0.0, 0.3))
                await asyncio.to_thread(server.kill)
                server = await asyncio.to_thread(ServerProcess, tmp_path, "--port", port)
            await asyncio.gather(*writers)
            finished.set()
            await asyncio.wait_for(follower, 60)
        finally:
            follower.cancel()
            for writer in writers:
                writer.cancel()
            assert server.stop() == 0
    newest = {(f"u{user}", str(name)): max(range(name, 150, 20))
              for user in range(6) for name in range(20)}  # fmt: skip
    assert seen == newest
