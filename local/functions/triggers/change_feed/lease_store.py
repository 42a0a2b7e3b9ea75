"""The lease container, seen by one host: the leases of one trigger on one container."""

import logging
from collections.abc import AsyncIterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from pydantic import BaseModel, ValidationError

from local.functions.triggers.change_feed.lease import Lease
from local.functions.triggers.change_feed.ranges import PartitionRange

type Json = dict[str, Any]

logger = logging.getLogger("Host.CosmosDB")


class _Span(BaseModel):
    min: str
    max: str


class _FeedRange(BaseModel):
    Range: _Span


class _LeaseDocument(BaseModel):
    """What of a lease document is used here."""

    LeaseToken: str
    FeedRange: _FeedRange
    ContinuationToken: str | None
    Owner: str | None


@dataclass(frozen=True)
class LeaseScope:
    """Whose leases: ids of one trigger on one container begin with the same text.

    The form is that of the change feed processor (GetLeasePrefix, GetDocumentId).
    """

    prefix: str
    account_host: str
    database_rid: str
    container_rid: str

    @property
    def beginning(self) -> str:
        """What the ids of its leases begin with, and those of no other scope."""
        text = f"{self.prefix}{self.account_host}_{self.database_rid}_{self.container_rid}.."
        return text.translate({ord(character): "-" for character in "/\\#?"})

    def make_id(self, range_id: str) -> str:
        """Make the id of a range's lease."""
        return self.beginning + range_id


class LeaseStore:
    """Lists, creates and acquires leases; a lease in hand is a Lease.

    Args:
        container: The lease container, partitioned by /id.
        scope: Whose leases.
        owner: The name of this host.
    """

    def __init__(self, container: ContainerProxy, scope: LeaseScope, owner: str) -> None:
        self._container = container
        self._scope = scope
        self.owner = owner
        self.damaged: set[str] = set()
        """The ids of the leases that the last listing left out."""

    async def list_leases(self) -> list[Json]:
        """Read the documents of all leases, whoever holds them; damaged ones are left out."""
        found = cast(
            "AsyncIterable[Json]",
            self._container.query_items(
                "SELECT * FROM c WHERE STARTSWITH(c.id, @beginning)",
                parameters=[{"name": "@beginning", "value": self._scope.beginning}],
            ),
        )
        documents = [dict(document) async for document in found]
        faults = {each["id"]: _find_faults(each) for each in documents}
        damaged = {lease_id for lease_id, fault in faults.items() if fault}
        for lease_id in damaged - self.damaged:
            logger.error(
                "The lease '%s' is damaged (%s) and its range is not read: delete it.",
                lease_id,
                faults[lease_id],
            )
        self.damaged = damaged
        return [each for each in documents if each["id"] not in damaged]

    async def create(self, of_range: PartitionRange, continuation: str | None) -> None:
        """Create a lease without an owner; one that another host created meanwhile is kept."""
        document: Json = {
            "id": self._scope.make_id(of_range.id),
            "version": 0,
            "Mode": "Incremental Feed",
            "LeaseToken": of_range.id,
            "FeedRange": {"Range": {"min": of_range.minimum, "max": of_range.maximum}},
            "ContinuationToken": continuation,
            "Owner": None,
            "timestamp": datetime.now(UTC).isoformat(),
            "properties": {},
        }
        try:
            await self._container.create_item(document)
        except CosmosResourceExistsError:
            return

    async def acquire(self, document: Json) -> Lease | None:
        """Take a lease as it was listed; None if it changed since, or was deleted."""
        changed = {
            **document,
            "Owner": self.owner,
            "timestamp": datetime.now(UTC).isoformat(),
        }
        try:
            written = await self._container.replace_item(
                document["id"],
                changed,
                etag=document["_etag"],
                match_condition=MatchConditions.IfNotModified,
            )
        except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError):
            return None
        return Lease(self._container, dict(written))


def _find_faults(document: Json) -> str:
    try:
        _LeaseDocument.model_validate(document)
    except ValidationError as error:
        return ", ".join(sorted({".".join(map(str, each["loc"])) for each in error.errors()}))
    return ""
