"""What is known of a database and a container on every request."""

from dataclasses import dataclass

from local.cosmos.partition_key import PartitionKeyDefinition
from local.cosmos.policies import VectorPolicy
from local.cosmos.storage.identifiers import container_rid, database_rid
from local.cosmos.storage.ranges import PartitionRange
from local.cosmos.values import Document


@dataclass(frozen=True)
class Database:
    """A database and its stored properties, system properties included."""

    number: int
    id: str
    properties: Document

    @property
    def rid(self) -> str:
        """The id that the server gave it."""
        return database_rid(self.number)


@dataclass(frozen=True)
class Container:
    """A container, its properties and what is read from them on every request."""

    number: int
    database: Database
    id: str
    properties: Document
    key_definition: PartitionKeyDefinition
    ranges: tuple[PartitionRange, ...]
    vectors: tuple[VectorPolicy, ...]

    @property
    def rid(self) -> str:
        """The id that the server gave it; a recreated container has another one."""
        return container_rid(self.database.number, self.number)

    @property
    def link(self) -> str:
        """Its path by names."""
        return f"dbs/{self.database.id}/colls/{self.id}"

    @property
    def default_ttl(self) -> int | None:
        """Seconds; -1: only items with a ttl of their own expire; None: none does."""
        value = self.properties.get("defaultTtl")
        return value if isinstance(value, int) else None

    @property
    def indexed(self) -> bool:
        """Whether its indexing policy has any index at all."""
        policy = self.properties.get("indexingPolicy")
        mode = policy.get("indexingMode") if isinstance(policy, dict) else None
        return str(mode).lower() != "none"

    def range_of(self, epk: str) -> PartitionRange:
        """The physical partition that holds an EPK."""
        return next(part for part in reversed(self.ranges) if part.minimum <= epk)
