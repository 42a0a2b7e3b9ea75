"""One lease that this host holds: who reads a range, and how far the function has come.

Every write is conditional on the etag, so of two hosts only one holds a lease. The field names are
those of the change feed processor, version 0: one document for each partition key range.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceNotFoundError,
)

from local.functions.triggers.change_feed.ranges import PartitionRange

type Json = dict[str, Any]


class LeaseLostError(Exception):
    """Another host holds the lease now, or it was deleted; what is in hand must not be recorded."""


class Lease:
    """A lease that this host holds as long as every write succeeds.

    Args:
        container: The lease container.
        document: The lease as the account has it, with this host as its owner.
    """

    def __init__(self, container: ContainerProxy, document: Json) -> None:
        self._container = container
        self._document = document
        self._owner: str = document["Owner"]
        self._writing = asyncio.Lock()
        self._known_at = time.monotonic()
        self._is_lost = False

    @property
    def id(self) -> str:
        """The id of its document."""
        return self._document["id"]

    @property
    def age_seconds(self) -> float:
        """How long ago this host last knew that the lease is its own."""
        return time.monotonic() - self._known_at

    @property
    def is_lost(self) -> bool:
        """Whether a write has shown that it is not this host's any more."""
        return self._is_lost

    @property
    def range(self) -> PartitionRange:
        """The part of the container it is about."""
        return range_of_lease(self._document)

    @property
    def continuation(self) -> str | None:
        """Where the function has come to; None is the trigger's start."""
        return self._document["ContinuationToken"]

    async def checkpoint(self, continuation: str) -> None:
        """Record that everything before this position is done.

        Raises:
            LeaseLostError: another host holds it.
        """
        await self._write({"ContinuationToken": continuation})

    async def renew(self) -> None:
        """Tell other hosts that this one is alive.

        Raises:
            LeaseLostError: another host holds it.
        """
        await self._write({})

    async def release(self) -> None:
        """Leave the lease to whoever comes next.

        Raises:
            LeaseLostError: somebody came already.
        """
        await self._write({"Owner": None})

    async def delete(self) -> None:
        """Remove the document, because its range is gone and others have taken its place.

        Raises:
            LeaseLostError: another host holds it, and will come to the same end.
        """
        await self.renew()
        async with self._writing:
            self._is_lost = True
            try:
                await self._container.delete_item(
                    self.id,
                    self.id,
                    etag=self._document["_etag"],
                    match_condition=MatchConditions.IfNotModified,
                )
            except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError) as error:
                raise LeaseLostError(self.id) from error

    async def _write(self, changes: Mapping[str, Any]) -> None:
        async with self._writing:
            while not self._is_lost:
                changed = {**self._document, **changes, "timestamp": datetime.now(UTC).isoformat()}
                try:
                    written = await self._container.replace_item(
                        self.id,
                        changed,
                        etag=self._document["_etag"],
                        match_condition=MatchConditions.IfNotModified,
                    )
                except CosmosAccessConditionFailedError:
                    await self._read_again()
                except CosmosResourceNotFoundError:
                    self._is_lost = True
                else:
                    self._document = dict(written)
                    self._known_at = time.monotonic()
                    return
            raise LeaseLostError(self.id)

    async def _read_again(self) -> None:
        # The reply to an earlier write may have been lost: then the change is this host's own.
        try:
            self._document = dict(await self._container.read_item(self.id, self.id))
        except CosmosResourceNotFoundError:
            self._is_lost = True
        else:
            self._is_lost = self._document.get("Owner") != self._owner


def range_of_lease(document: Json) -> PartitionRange:
    """Read the range that a lease document is about."""
    span = document["FeedRange"]["Range"]
    return PartitionRange(document["LeaseToken"], span["min"], span["max"])
