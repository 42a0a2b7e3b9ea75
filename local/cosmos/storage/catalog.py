"""Databases and containers: kept in memory, written through to SQLite."""

import sqlite3
from dataclasses import replace

from local.cosmos.errors import conflict, not_found
from local.cosmos.partition_key import parse_definition
from local.cosmos.policies import parse_vector_policies
from local.cosmos.storage import rows
from local.cosmos.storage.containers import Container, Database
from local.cosmos.storage.identifiers import container_rid, database_rid
from local.cosmos.storage.offers import add_offer, remove_offer
from local.cosmos.storage.ranges import PartitionRange, divide_keys, split_range
from local.cosmos.storage.sequence import SequenceNumbers
from local.cosmos.values import Document, read_json, write_json


class Catalog:
    """What exists. Changing methods run inside a transaction of the writer."""

    def __init__(self, connection: sqlite3.Connection, partitions: int = 1) -> None:
        """Load everything from the connection that later writes.

        New containers get that many physical partitions.
        """
        self._connection = connection
        self._partitions = partitions
        self._databases: dict[str, Database] = {}
        self._containers: dict[tuple[str, str], Container] = {}
        self._sequence = SequenceNumbers()
        self._load()

    def after_rollback(self) -> None:
        """Read everything again: memory may be ahead of the file."""
        self._databases.clear()
        self._containers.clear()
        self._sequence.clear()
        self._load()

    def _load(self) -> None:
        by_number: dict[int, Database] = {}
        for number, name, properties in self._connection.execute("SELECT * FROM databases"):
            by_number[number] = Database(number, name, _parse(properties))
            self._databases[name] = by_number[number]
        for number, parent, _, properties in self._connection.execute("SELECT * FROM containers"):
            container = _build(
                number, by_number[parent], _parse(properties), self._load_ranges(number)
            )
            self._containers[container.database.id, container.id] = container

    def _load_ranges(self, container: int) -> tuple[PartitionRange, ...]:
        found = self._connection.execute(
            "SELECT id, minimum, maximum, parents, lsn FROM ranges WHERE container = ?"
            " ORDER BY minimum",
            (container,),
        ).fetchall()
        for name, *_, lsn in found:
            self._sequence.start((container, name), lsn)
        return tuple(
            PartitionRange(name, minimum, maximum, tuple(parents.split()))
            for name, minimum, maximum, parents, _ in found
        )

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

    def look_again(self, container: Container) -> Container:
        """The same container as it is now, or CosmosError 404 if it was deleted meanwhile."""
        found = self.container(container.database.id, container.id)
        if found.number != container.number:
            raise not_found("Container", container.id)
        return found

    def create_database(
        self, name: str, properties: Document, throughput: Document | None = None
    ) -> Database:
        """Add a database; the properties come without system properties.

        With a throughput it gets an offer of that content.
        """
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
        if throughput is not None:
            add_offer(self._connection, f"dbs/{rid}/", rid, throughput)
        self._databases[name] = Database(number, name, stored)
        return self._databases[name]

    def delete_database(self, database: Database) -> None:
        """Remove a database with all its containers and their items."""
        for container in self.containers(database):
            self.delete_container(container)
        remove_offer(self._connection, f"dbs/{database.rid}/")
        self._connection.execute("DELETE FROM databases WHERE number = ?", (database.number,))
        del self._databases[database.id]

    def create_container(
        self,
        database: Database,
        name: str,
        properties: Document,
        throughput: Document | None = None,
    ) -> Container:
        """Add a container; the properties are validated already.

        With a throughput it gets an offer of that content.
        """
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
        ranges = divide_keys(self._partitions)
        for part in ranges:
            self._add_range(number, part, 0)
        if throughput is not None:
            add_offer(self._connection, f"dbs/{database.rid}/colls/{rid}/", rid, throughput)
        container = _build(number, database, properties | links, ranges)
        self._store(container)
        return container

    def _add_range(self, container: int, part: PartitionRange, lsn: int) -> None:
        self._connection.execute(
            "INSERT INTO ranges (container, id, minimum, maximum, parents, lsn)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (container, part.id, part.minimum, part.maximum, " ".join(part.parents), lsn),
        )
        self._sequence.start((container, part.id), lsn)

    def split(
        self, container: Container, part: PartitionRange, at: str | None
    ) -> tuple[PartitionRange, PartitionRange]:
        """Put two partitions in the place of one; their numbers go on where the parent's ended.

        A feed that knows the parent goes on with both children from where it is. To be run alone
        in its transaction: what readers see and what is in memory must change at one moment.

        Raises:
            CosmosError: 400, the EPK to cut at does not lie within the partition.
        """
        children = split_range(container.ranges, part, at)
        lsn = self._sequence.end((container.number, part.id))
        self._connection.execute(
            "DELETE FROM ranges WHERE container = ? AND id = ?", (container.number, part.id)
        )
        for child in children:
            self._add_range(container.number, child, lsn)
            rows.move_items(self._connection, container.number, part.id, child)
        others = [one for one in container.ranges if one is not part]
        ranges = tuple(sorted([*others, *children], key=lambda one: one.minimum))
        self._containers[container.database.id, container.id] = replace(container, ranges=ranges)
        return children

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
        remove_offer(self._connection, f"dbs/{container.database.rid}/colls/{container.rid}/")
        self._connection.execute("DELETE FROM containers WHERE number = ?", (container.number,))
        for part in container.ranges:
            self._sequence.end((container.number, part.id))
        del self._containers[container.database.id, container.id]

    def _store(self, container: Container) -> None:
        self._connection.execute(
            "UPDATE containers SET properties = ? WHERE number = ?",
            (write_json(container.properties), container.number),
        )
        self._containers[container.database.id, container.id] = container

    def lsn(self, container: Container, part: PartitionRange) -> int:
        """The number of the newest committed write in a physical partition."""
        return self._sequence.visible((container.number, part.id))

    def next_lsn(self, container: Container, part: PartitionRange) -> int:
        """Number a transaction in a physical partition."""
        return self._sequence.next((container.number, part.id))

    def before_commit(self) -> None:
        """Write what is in memory only."""
        self._sequence.store(self._connection)

    def after_commit(self) -> None:
        """What was written is visible from here on."""
        self._sequence.publish()


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
