"""Before a feed is read: its containers found, and a lease created for each feed range."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy

from local.functions.triggers.change_feed.connection import Connection, open_client
from local.functions.triggers.change_feed.feed import ChangeFeed, Json
from local.functions.triggers.change_feed.leases import (
    LeaseScope,
    LeaseStore,
    describe_this_process,
)
from local.functions.triggers.change_feed.options import ChangeFeedOptions


@dataclass(frozen=True)
class PreparedFeed:
    """A feed that can be read: one lease for each range, by id."""

    feed: ChangeFeed
    store: LeaseStore
    lease_ids: list[str]


@asynccontextmanager
async def open_feed(
    options: ChangeFeedOptions, monitored: Connection, leases: Connection
) -> AsyncGenerator[PreparedFeed]:
    """Open clients for both containers and see that every range has its lease.

    The two containers have a client each, although they are mostly of one account: see ChangeFeed.

    Raises:
        CosmosHttpResponseError: a container is not there, or the account refuses.
        AzureError: an account cannot be reached.
    """
    async with (
        open_client(monitored) as monitored_client,
        open_client(leases) as lease_client,
    ):
        database = lease_client.get_database_client(options.leases.database)
        lease_container = database.get_container_client(options.leases.container)
        if options.create_lease_container:
            await database.create_container_if_not_exists(
                options.leases.container, PartitionKey("/id")
            )
        database = monitored_client.get_database_client(options.monitored.database)
        container = database.get_container_client(options.monitored.container)
        host = urlsplit(monitored.endpoint).hostname or ""
        yield await _prepare(options, host, container, lease_container)


async def _prepare(
    options: ChangeFeedOptions, account_host: str, monitored: ContainerProxy, leases: ContainerProxy
) -> PreparedFeed:
    properties = await monitored.read()
    scope = LeaseScope(
        options.lease_prefix, account_host, options.monitored.database, str(properties["_rid"])
    )
    feed = ChangeFeed(monitored)
    store = LeaseStore(
        leases, describe_this_process(), timedelta(seconds=options.expiration_interval)
    )
    lease_ids: list[str] = []
    known_ranges = await store.read_ranges(scope.make_info_id())
    feed_ranges = known_ranges or await feed.read_ranges()
    for feed_range in feed_ranges:
        lease_id = scope.make_id(feed_range)
        if not await store.exists(lease_id):
            await store.create(lease_id, feed_range, await _find_start(options, feed, feed_range))
        lease_ids.append(lease_id)
    if not known_ranges:
        await store.write_ranges(scope.make_info_id(), feed_ranges)
    return PreparedFeed(feed, store, lease_ids)


async def _find_start(options: ChangeFeedOptions, feed: ChangeFeed, feed_range: Json) -> str | None:
    # "Now" must be a position taken before the host says that it is ready, not at the first poll.
    if options.start != "Now":
        return None
    return (await feed.read_page(feed_range, None, "Now", 1)).continuation
