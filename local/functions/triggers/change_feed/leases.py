"""Lease documents: who reads a feed range, and how far the function has come.

The field names are those of the change feed processor, one document for each feed range. Every
write is conditional on the etag, so of two hosts only one holds a lease.
"""

import asyncio
import hashlib
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

type Json = dict[str, Any]


class LeaseLostError(Exception):
    """Another host holds the lease now, or it was deleted; what is in hand must not be recorded."""


@dataclass(frozen=True)
class LeaseScope:
    """Whose leases: ids of one trigger on one container begin with the same text."""

    prefix: str
    account_host: str
    database: str
    container_rid: str

    def make_id(self, feed_range: Json) -> str:
        """Make the id of a feed range's lease."""
        token = hashlib.sha256(repr(sorted(feed_range.items())).encode()).hexdigest()[:16]
        return self._make_id(f"..{token}")

    def make_info_id(self) -> str:
        """Make the id of the document that says which ranges have leases."""
        return self._make_id(".info")

    def _make_id(self, ending: str) -> str:
        text = f"{self.prefix}{self.account_host}_{self.database}_{self.container_rid}{ending}"
        return text.translate({ord(character): "-" for character in "/\\#?"})


def describe_this_process() -> str:
    """Name this process so that a host on the same machine can tell whether it is still alive."""
    process = psutil.Process()
    return f"{socket.gethostname()}/{process.pid}/{process.create_time():.2f}"


def is_known_dead(owner: str) -> bool:
    """Say whether an owner was a process of this machine that has ended.

    The owner's word must not be waited for then: a host that crashed goes on at once.
    """
    parts = owner.split("/")
    if len(parts) != 3 or parts[0] != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(parts[1]))
        return abs(process.create_time() - float(parts[2])) > 1
    except psutil.NoSuchProcess:
        return True
    except (ValueError, psutil.AccessDenied):
        return False


class Lease:
    """A lease that this host holds, as long as every write succeeds."""

    def __init__(self, container: ContainerProxy, document: Json) -> None:
        self._container = container
        self._document = document
        self._writing = asyncio.Lock()
        self._written = time.monotonic()

    @property
    def age_seconds(self) -> float:
        """How long ago this host last knew that the lease is its own."""
        return time.monotonic() - self._written

    @property
    def feed_range(self) -> Json:
        """The part of the container it is about."""
        return self._document["FeedRange"]

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

    async def _write(self, changes: Mapping[str, Any]) -> None:
        async with self._writing:
            changed = {**self._document, **changes, "timestamp": datetime.now(UTC).isoformat()}
            try:
                written = await self._container.replace_item(
                    changed["id"],
                    changed,
                    etag=self._document["_etag"],
                    match_condition=MatchConditions.IfNotModified,
                )
            except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError) as error:
                raise LeaseLostError(changed["id"]) from error
            self._document = dict(written)
            self._written = time.monotonic()


class LeaseStore:
    """The lease container, seen by one host."""

    def __init__(
        self, container: ContainerProxy, owner: str, expiration: timedelta = timedelta(seconds=60)
    ) -> None:
        self._container = container
        self._owner = owner
        self._expiration = expiration

    async def read_ranges(self, info_id: str) -> list[Json] | None:
        """Read which ranges were given leases; None when that was never finished.

        They are asked for once and kept: after a split of a partition the SDK follows the old
        range's position into the new ones, while new leases would begin too late.
        """
        try:
            info = await self._container.read_item(info_id, info_id)
        except CosmosResourceNotFoundError:
            return None
        return info["FeedRanges"]

    async def write_ranges(self, info_id: str, feed_ranges: list[Json]) -> None:
        """Record that all of these ranges have leases."""
        await self._container.upsert_item({"id": info_id, "FeedRanges": feed_ranges})

    async def exists(self, lease_id: str) -> bool:
        """Say whether a lease was created before."""
        try:
            await self._container.read_item(lease_id, lease_id)
        except CosmosResourceNotFoundError:
            return False
        return True

    async def create(self, lease_id: str, feed_range: Json, continuation: str | None) -> None:
        """Create a lease without an owner; one that another host created meanwhile is kept."""
        document: Json = {
            "id": lease_id,
            "version": 1,
            "Mode": "Incremental Feed",
            "LeaseToken": lease_id.rsplit("..", 1)[-1],
            "FeedRange": feed_range,
            "ContinuationToken": continuation,
            "Owner": None,
            "timestamp": datetime.now(UTC).isoformat(),
            "properties": {},
        }
        try:
            await self._container.create_item(document)
        except CosmosResourceExistsError:
            return

    async def acquire(self, lease_id: str) -> Lease | None:
        """Take a lease that is free, expired, or of a process that died; None if it is not.

        Raises:
            CosmosResourceNotFoundError: there is no such lease.
        """
        document: Json = dict(await self._container.read_item(lease_id, lease_id))
        if not self._is_free(document):
            return None
        lease = Lease(self._container, {**document, "Owner": self._owner})
        try:
            await lease.renew()
        except LeaseLostError:
            return None
        return lease

    def _is_free(self, document: Json) -> bool:
        owner = document.get("Owner")
        if not owner or owner == self._owner or is_known_dead(owner):
            return True
        renewed = datetime.fromisoformat(document["timestamp"])
        return datetime.now(UTC) - renewed > self._expiration
