"""Databases and containers: kept in memory, written through to SQLite."""

import sqlite3
from dataclasses import dataclass, replace

from local.cosmos.errors import conflict, not_found
from local.cosmos.partition_key import MAX_EPK, MIN_EPK, PartitionKeyDefinition, parse_definition
from local.cosmos.policies import VectorPolicy, parse_vector_policies
from local.cosmos.storage.identifiers import container_rid, database_rid
from local.cosmos.values import Document, read_json, write_json


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
class PartitionRange:
    """A physical partition: the EPKs from minimum up to, not including, maximum."""

    id: str
    minimum: str
    maximum: str


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

    def range_of(self, epk: str) -> PartitionRange:
        """The physical partition that holds an EPK."""
        return next(part for part in reversed(self.ranges) if part.minimum <= epk)


class Catalog:
    """What exists. Changing methods run inside a transaction of the writer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Load everything from the connection that later writes."""
        self._connection = connection
        self._databases: dict[str, Database] = {}
        self._containers: dict[tuple[str, str], Container] = {}
        # The last number given, and the last one that readers can see.
        self._lsn: dict[tuple[int, str], int] = {}
        self._visible: dict[tuple[int, str], int] = {}
        self._changed: set[tuple[int, str]] = set()
        self._load()

    def after_rollback(self) -> None:
        """Read everything again: memory may be ahead of the file."""
        self._databases.clear()
        self._containers.clear()
        self._changed.clear()
        self._load()

    def _load(self) -> None:
        by_number: dict[int, Database] = {}
        for number, name, properties in self._connection.execute("SELECT * FROM databases"):
            by_number[number] = Database(number, name, _parse(properties))
            self._databases[name] = by_number[number]
        for number, parent, _, properties in self._connection.execute("SELECT * FROM containers"):
            ranges = self._connection.execute(
                "SELECT id, minimum, maximum, lsn FROM ranges WHERE container = ? ORDER BY minimum",
                (number,),
            ).fetchall()
            for name, _, _, lsn in ranges:
                self._lsn[number, name] = self._visible[number, name] = lsn
            container = _build(
                number,
                by_number[parent],
                _parse(properties),
                tuple(PartitionRange(*row[:3]) for row in ranges),
            )
            self._containers[container.database.id, container.id] = container

    def databases(self) -> list[Database]:
        """All databases, oldest first."""
        return list(self._databases.values())

    def database(self, name: str) -> Database:
        """Find a database by name, or raise CosmosError 404."""
        try:
            return self._databases[name]
        except KeyError as error:
            raise not_found("Database", name) from error

    def containers(self, database: Database) -> list[Container]:
        """The containers of a database, oldest first."""
        return [found for found in self._containers.values() if found.database is database]

    def container(self, database: str, name: str) -> Container:
        """Find a container by its names, or raise CosmosError 404."""
        try:
            return self._containers[database, name]
        except KeyError as error:
            self.database(database)
            raise not_found("Container", name) from error

    def create_database(self, name: str, properties: Document) -> Database:
        """Add a database; the properties come without system properties."""
        if name in self._databases:
            raise conflict("Database", name)
        number = _insert(
            self._connection, "INSERT INTO databases (id, properties) VALUES (?, '{}')", (name,)
        )
        rid = database_rid(number)
        stored = properties | {"_rid": rid, "_self": f"dbs/{rid}/", "_colls": "colls/"}
        stored["_users"] = "users/"
        self._connection.execute(
            "UPDATE databases SET properties = ? WHERE number = ?", (write_json(stored), number)
        )
        self._databases[name] = Database(number, name, stored)
        return self._databases[name]

    def delete_database(self, database: Database) -> None:
        """Remove a database with all its containers and their items."""
        for container in self.containers(database):
            self.delete_container(container)
        self._connection.execute("DELETE FROM databases WHERE number = ?", (database.number,))
        del self._databases[database.id]

    def create_container(self, database: Database, name: str, properties: Document) -> Container:
        """Add a container of one physical partition; the properties are validated already."""
        if (database.id, name) in self._containers:
            raise conflict("Container", name)
        number = _insert(
            self._connection,
            "INSERT INTO containers (database, id, properties) VALUES (?, ?, '{}')",
            (database.number, name),
        )
        rid = container_rid(database.number, number)
        links: Document = {"_rid": rid, "_self": f"dbs/{database.rid}/colls/{rid}/"}
        for feed in ("docs", "sprocs", "triggers", "udfs", "conflicts"):
            links[f"_{feed}"] = f"{feed}/"
        whole = PartitionRange("0", MIN_EPK, MAX_EPK)
        container = _build(number, database, properties | links, (whole,))
        self._connection.execute(
            "INSERT INTO ranges VALUES (?, ?, ?, ?, 0)", (number, whole.id, MIN_EPK, MAX_EPK)
        )
        self._lsn[number, whole.id] = self._visible[number, whole.id] = 0
        self._store(container)
        return container

    def replace_container(self, container: Container, properties: Document) -> Container:
        """Give a container other properties; the partition key is the caller's to protect."""
        changed = replace(container, properties=properties)
        self._store(changed)
        return changed

    def delete_container(self, container: Container) -> None:
        """Remove a container with its items."""
        for table in ("items", "ranges"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE container = ?",
                (container.number,),
            )
        self._connection.execute("DELETE FROM containers WHERE number = ?", (container.number,))
        del self._containers[container.database.id, container.id]

    def _store(self, container: Container) -> None:
        self._connection.execute(
            "UPDATE containers SET properties = ? WHERE number = ?",
            (write_json(container.properties), container.number),
        )
        self._containers[container.database.id, container.id] = container

    def lsn(self, container: Container, part: PartitionRange) -> int:
        """The number of the newest committed write in a physical partition.

        A feed that is told to go on after it misses nothing: what is numbered later is seen later.
        """
        return self._visible[container.number, part.id]

    def next_lsn(self, container: Container, part: PartitionRange) -> int:
        """Number a write; the number is stored with the transaction."""
        name = container.number, part.id
        self._lsn[name] += 1
        self._changed.add(name)
        return self._lsn[name]

    def before_commit(self) -> None:
        """Write the numbers that grew since the last commit."""
        for number, part in self._changed:
            self._connection.execute(
                "UPDATE ranges SET lsn = ? WHERE container = ? AND id = ?",
                (self._lsn[number, part], number, part),
            )

    def after_commit(self) -> None:
        """Let readers know of the writes that they can now see."""
        for name in self._changed:
            self._visible[name] = self._lsn[name]
        self._changed.clear()


def _build(
    number: int, database: Database, properties: Document, ranges: tuple[PartitionRange, ...]
) -> Container:
    name = str(properties["id"])
    definition = parse_definition(properties["partitionKey"])
    vectors = parse_vector_policies(properties)
    return Container(number, database, name, properties, definition, ranges, vectors)


def _parse(text: bytes) -> Document:
    parsed = read_json(text)
    if not isinstance(parsed, dict):
        raise TypeError("stored properties are not a JSON object")
    return parsed


def _insert(connection: sqlite3.Connection, sql: str, values: tuple[str | int, ...]) -> int:
    number = connection.execute(sql, values).lastrowid
    if number is None:
        raise RuntimeError("SQLite gave no number to an inserted row")
    return number
