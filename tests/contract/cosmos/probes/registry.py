"""Probes of the compatibility table: one for each row, found by the row's first cell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey

from tests.contract.cosmos.server_process import ServerProcess


@dataclass(frozen=True)
class Ground:
    """Where a probe may do as it likes."""

    server: ServerProcess
    client: CosmosClient
    database: DatabaseProxy

    def make(self, *paths: str, **options: Any) -> ContainerProxy:
        """A container; by default its partition key is /pk."""
        path = list(paths) if len(paths) > 1 else (paths[0] if paths else "/pk")
        return self.database.create_container(f"c{uuid4().hex}", PartitionKey(path=path), **options)

    def filled(self, *documents: dict[str, Any], **options: Any) -> ContainerProxy:
        """A container with items of partition "p"; their ids are their numbers, from 0."""
        container = self.make(**options)
        for at, document in enumerate(documents):
            container.create_item({"id": str(at), "pk": "p", **document})
        return container

    def value(self, expression: str, **document: Any) -> Any:
        """What an expression is for an item; None if it is undefined."""
        rows = run(self.filled(document), f"SELECT VALUE {expression} FROM c")
        return rows[0] if rows else None


type Probe = Callable[[Ground], None]
type Refused = Callable[[], object]
type Refusals = Callable[[Ground], list[Refused]]

PROBES: dict[str, Probe] = {}
# With the word that every refusal's message must have.
REFUSALS: dict[str, tuple[str, Refusals]] = {}


def works(feature: str) -> Callable[[Probe], Probe]:
    """Register the probe of a Yes or Differs row: it asserts what the row says."""

    def register(probe: Probe) -> Probe:
        assert feature not in PROBES
        PROBES[feature] = probe
        return probe

    return register


def refused(feature: str, word: str) -> Callable[[Refusals], Refusals]:
    """Register the calls of a No row, each of which must be refused with a word in the message."""

    def register(refusals: Refusals) -> Refusals:
        assert feature not in REFUSALS
        REFUSALS[feature] = word, refusals
        return refusals

    return register


def run(container: ContainerProxy, text: str, **parameters: Any) -> list[Any]:
    """A cross-partition query's rows."""
    values = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
    return list(container.query_items(text, parameters=values, enable_cross_partition_query=True))
