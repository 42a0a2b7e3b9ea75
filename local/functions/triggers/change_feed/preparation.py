"""Before a feed is read: its containers found, and a lease created where there is none."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from local.functions.triggers.change_feed.connection import Connection, open_client
from local.functions.triggers.change_feed.feed import ChangeFeed
from local.functions.triggers.change_feed.lease import range_of_lease
from local.functions.triggers.change_feed.lease_store import LeaseScope, LeaseStore
from local.functions.triggers.change_feed.options import ChangeFeedOptions
from local.functions.triggers.change_feed.owners import name_owner
from local.functions.triggers.change_feed.ranges import PartitionRange


@dataclass(frozen=True)
class PreparedFeed:
    """A feed that can be read: every part of the container has a lease."""

    feed: ChangeFeed
    store: LeaseStore


@asynccontextmanager
async def open_feed(
    function_name: str, options: ChangeFeedOptions, monitored: Connection, leases: Connection
) -> AsyncGenerator[PreparedFeed]:
    """Open clients for a function's two containers and see that every range has its lease.

    Raises:
        RangeGoneError: the container was split in this very moment.
        CosmosHttpResponseError: a container is not there, or the account refuses.
        AzureError: an account cannot be reached.
    """
    async with (
        open_client(monitored) as monitored_client,
        open_client(leases) as lease_client,
    ):
        lease_database = lease_client.get_database_client(options.leases.database)
        if options.create_lease_container:
            await lease_database.create_container_if_not_exists(
                options.leases.container, PartitionKey("/id")
            )
        database = monitored_client.get_database_client(options.monitored.database)
        container = database.get_container_client(options.monitored.container)
        prepared = PreparedFeed(
            ChangeFeed(container),
            LeaseStore(
                lease_database.get_container_client(options.leases.container),
                await _find_scope(options, monitored, database, container),
                name_owner(function_name),
            ),
        )
        await create_missing_leases(options, prepared)
        yield prepared


async def _find_scope(
    options: ChangeFeedOptions,
    monitored: Connection,
    database: DatabaseProxy,
    container: ContainerProxy,
) -> LeaseScope:
    return LeaseScope(
        options.lease_prefix,
        urlsplit(monitored.endpoint).hostname or "",
        str((await database.read())["_rid"]),
        str((await container.read())["_rid"]),
    )


async def create_missing_leases(options: ChangeFeedOptions, prepared: PreparedFeed) -> None:
    """Create a lease for each range of which no part has one.

    A range whose parent has a lease needs none: whoever reads the parent's makes it, with the
    position that it must start from. The leases are read first, so that a split that another host
    handles meanwhile is seen before or after, never as a gap.
    """
    covered = [range_of_lease(lease) for lease in await prepared.store.list_leases()]
    for each in await prepared.feed.read_ranges():
        if not any(each.overlaps(other) for other in covered):
            position = await _find_start(options, prepared.feed, each)
            await prepared.store.create(each, position)


async def _find_start(
    options: ChangeFeedOptions, feed: ChangeFeed, of_range: PartitionRange
) -> str | None:
    # "Now" must be a position taken before the host says that it is ready, not at the first poll.
    if options.start != "Now":
        return None
    return (await feed.read_page(of_range, None, "Now", 1)).continuation
