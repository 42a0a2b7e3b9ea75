"""The physical partitions of a container: its partition key ranges."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Any, cast

from azure.cosmos.aio import ContainerProxy


@dataclass(frozen=True)
class PartitionRange:
    """A range of effective partition keys (hexadecimal), with its end left out."""

    id: str
    minimum: str
    maximum: str

    def overlaps(self, other: "PartitionRange") -> bool:
        """Say whether some key is in both."""
        return self.minimum < other.maximum and other.minimum < self.maximum


async def read_ranges(container: ContainerProxy) -> list[PartitionRange]:
    """List a container's ranges as they are now.

    The SDK's public read_feed_ranges hides the ids, and answers from what it read before a split.

    Raises:
        CosmosHttpResponseError: the account refused.
        AzureError: the account could not be reached.
    """
    feed = cast(
        "AsyncIterable[dict[str, Any]]",
        container.client_connection._ReadPartitionKeyRanges(container.container_link),  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType] - see above
    )
    return [
        PartitionRange(each["id"], each["minInclusive"], each["maxExclusive"])
        async for each in feed
    ]
