"""Many writers at once: no update is lost, no change is missed."""

import asyncio
from typing import Any

from azure.core import MatchConditions
from azure.cosmos import ContainerProxy
from azure.cosmos.aio import ContainerProxy as AsyncContainerProxy
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from azure.cosmos.exceptions import CosmosAccessConditionFailedError, CosmosResourceExistsError


def as_async(client: AsyncCosmosClient, container: ContainerProxy) -> AsyncContainerProxy:
    _, database, _, name = container.container_link.split("/")
    return client.get_database_client(database).get_container_client(name)


async def increment(container: AsyncContainerProxy, times: int) -> int:
    """Add one, `times` times, each under If-Match; returns how often another was faster."""
    lost = 0
    for _ in range(times):
        while True:
            item = await container.read_item("n", "p")
            try:
                await container.replace_item(
                    "n",
                    item | {"n": item["n"] + 1},
                    etag=item["_etag"],
                    match_condition=MatchConditions.IfNotModified,
                )
                break
            except CosmosAccessConditionFailedError:
                lost += 1
    return lost


async def test_if_match_loses_no_update(
    container: ContainerProxy, async_client: AsyncCosmosClient
) -> None:
    container.create_item({"id": "n", "pk": "p", "n": 0})
    shared = as_async(async_client, container)
    lost = await asyncio.gather(*[increment(shared, 8) for _ in range(8)])
    assert container.read_item("n", "p")["n"] == 64
    assert sum(lost) > 0


async def test_patches_of_one_item_add_up(
    container: ContainerProxy, async_client: AsyncCosmosClient
) -> None:
    container.create_item({"id": "n", "pk": "p", "n": 0})
    shared = as_async(async_client, container)
    operation = [{"op": "incr", "path": "/n", "value": 1}]
    await asyncio.gather(*[shared.patch_item("n", "p", operation) for _ in range(100)])
    assert container.read_item("n", "p")["n"] == 100


async def test_one_of_many_creators_wins(
    container: ContainerProxy, async_client: AsyncCosmosClient
) -> None:
    shared = as_async(async_client, container)

    async def create(at: int) -> bool:
        try:
            await shared.create_item({"id": "a", "pk": "p", "by": at})
        except CosmosResourceExistsError:
            return False
        return True

    won = await asyncio.gather(*[create(at) for at in range(50)])
    assert sum(won) == 1
    assert container.read_item("a", "p")["by"] == won.index(True)


async def test_a_follower_of_the_feed_misses_nothing(
    container: ContainerProxy, async_client: AsyncCosmosClient
) -> None:
    shared = as_async(async_client, container)
    seen: dict[str, Any] = {}
    finished = asyncio.Event()

    async def follow() -> None:
        options: dict[str, Any] = {"start_time": "Beginning"}
        while True:
            ended = finished.is_set()
            feed = shared.query_items_change_feed(max_item_count=7, **options)
            pages = feed.by_page()
            async for page in pages:
                async for item in page:
                    assert item["_lsn"] > seen.get(item["id"], {"_lsn": 0})["_lsn"]
                    seen[item["id"]] = item
            options = {"continuation": shared.client_connection.last_response_headers["etag"]}
            if ended:
                return

    async def write(by: int) -> None:
        for at in range(40):
            await shared.upsert_item({"id": f"{by}-{at % 25}", "pk": f"p{by}", "n": at})

    follower = asyncio.create_task(follow())
    await asyncio.gather(*[write(by) for by in range(5)])
    finished.set()
    await follower
    assert len(seen) == 125
    assert all(item["n"] == (at + 25 if at < 15 else at) for by in range(5)
               for at in range(25) for item in [seen[f"{by}-{at}"]])  # fmt: skip
