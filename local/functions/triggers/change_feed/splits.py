"""What becomes of a lease whose physical partition was split (HandlePartitionGoneAsync)."""

from local.functions.triggers.change_feed.feed import ChangeFeed
from local.functions.triggers.change_feed.lease import Lease
from local.functions.triggers.change_feed.lease_store import LeaseStore


class StillSplittingError(Exception):
    """The account does not yet show the partitions that a range was split into; ask again later."""


async def replace_gone_lease(feed: ChangeFeed, store: LeaseStore, lease: Lease) -> list[str]:
    """Give each child of a gone range a lease that goes on where the parent's stood.

    The parent's lease is deleted last: a host that dies in between leaves it, and the next one
    does all of this again and finds the children's leases there. Returns the children's range ids.

    Raises:
        StillSplittingError: the range is listed still, or nothing is in its place.
        LeaseLostError: another host holds the parent's lease.
        CosmosHttpResponseError: an account refused.
        AzureError: an account could not be reached.
    """
    children = [each for each in await feed.read_ranges() if each.overlaps(lease.range)]
    if not children or lease.range in children:
        raise StillSplittingError(lease.range.id)
    for child in children:
        await store.create(child, lease.continuation)
    await lease.delete()
    return [child.id for child in children]
