"""Rows of items: how they are found, listed and changed. Expired rows are never returned.

Every function takes the connection: the writer's inside a transaction, a reader's otherwise.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from local.cosmos.partition_key import MAX_EPK, MIN_EPK, PartitionKey
from local.cosmos.storage.containers import Container
from local.cosmos.storage.ranges import PartitionRange

# Alive: the item's own ttl, else the container's, has not passed. -1 means never.
_ALIVE: Final = "(coalesce(ttl, ?) = -1 OR modified + coalesce(ttl, ?) > ?)"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """A row as point operations need it; the body carries all system properties."""

    number: int
    lsn: int
    modified: float
    etag: str
    body: bytes


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a write stores. Slim is the body without its vectors, where it has any."""

    etag: str
    modified: float
    ttl: int | None
    body: bytes
    slim: bytes | None
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a container: EPKs from minimum up to, not including, maximum - or one key."""

    minimum: str = MIN_EPK
    maximum: str = MAX_EPK
    key: PartitionKey | None = None

    def intersect(self, other: "Scope") -> "Scope":
        """What belongs to both."""
        if self.key or other.key:
            point, span = (self, other) if self.key else (other, self)
            inside = point.key and span.contains(point.key)
            return point if inside else Scope(MIN_EPK, MIN_EPK)
        return Scope(max(self.minimum, other.minimum), min(self.maximum, other.maximum))

    def contains(self, key: PartitionKey) -> bool:
        """Whether items of that partition key belong to it."""
        if self.key:
            return self.key == key
        return self.minimum <= key.epk < self.maximum

    def condition(self) -> tuple[str, tuple[str, ...]]:
        """The same in SQL, with the values of its question marks."""
        if self.key:
            return "epk = ? AND key = ?", (self.key.epk, self.key.text)
        if (self.minimum, self.maximum) == (MIN_EPK, MAX_EPK):
            return "TRUE", ()
        return "epk >= ? AND epk < ?", (self.minimum, self.maximum)


def _alive(container: Container, now: float) -> tuple[str, tuple[float, ...]]:
    default = container.default_ttl
    if default is None:
        return "TRUE", ()
    return _ALIVE, (default, default, now)


def read_item(
    connection: sqlite3.Connection, container: Container, key: PartitionKey, name: str, now: float
) -> StoredItem | None:
    """Find one item by partition key and id."""
    alive, values = _alive(container, now)
    row = connection.execute(
        "SELECT number, lsn, modified, etag, body FROM items"
        f" WHERE container = ? AND epk = ? AND key = ? AND id = ? AND {alive}",
        (container.number, key.epk, key.text, name, *values),
    ).fetchone()
    return StoredItem(*row) if row else None


def list_numbers(
    connection: sqlite3.Connection, container: Container, scope: Scope, now: float
) -> list[tuple[int, int]]:
    """Number and LSN of the items in a scope, in the order in which they were created."""
    where, keys = scope.condition()
    alive, values = _alive(container, now)
    return connection.execute(
        f"SELECT number, lsn FROM items WHERE container = ? AND {where} AND {alive}"
        " ORDER BY number",
        (container.number, *keys, *values),
    ).fetchall()


def load_slim(connection: sqlite3.Connection, number: int) -> tuple[int, bytes] | None:
    """LSN and body of a row, without its vectors."""
    return connection.execute(
        "SELECT lsn, coalesce(slim, body) FROM items WHERE number = ?", (number,)
    ).fetchone()


def load_body(connection: sqlite3.Connection, number: int) -> bytes | None:
    """The whole body of a row."""
    row = connection.execute("SELECT body FROM items WHERE number = ?", (number,)).fetchone()
    return row[0] if row else None


def load_vectors(connection: sqlite3.Connection, numbers: Iterable[int]) -> list[bytes | None]:
    """The packed vectors of rows; None where a row has none or is gone."""
    found: list[bytes | None] = []
    for number in numbers:
        row = connection.execute("SELECT vector FROM items WHERE number = ?", (number,)).fetchone()
        found.append(row[0] if row else None)
    return found


def list_changes(  # noqa: PLR0913 - the feed's own parameters
    connection: sqlite3.Connection,
    container: Container,
    part: PartitionRange,
    scope: Scope,
    *,
    after: int,
    since: float,
    limit: int,
    now: float,
) -> list[tuple[int, bytes]]:
    """LSN and body of the items of a partition written after an LSN and not before a time.

    What one transaction wrote has one LSN and comes together, also beyond the limit.
    """
    where, keys = scope.condition()
    alive, values = _alive(container, now)
    select = (
        "SELECT lsn, body FROM items INDEXED BY items_by_lsn WHERE container = ? AND range = ?"
        f" AND {{}} AND modified >= ? AND {where} AND {alive} ORDER BY lsn, number LIMIT ?"
    )
    place, rest = (container.number, part.id), (since, *keys, *values)
    found: list[tuple[int, bytes]] = connection.execute(
        select.format("lsn > ?"), (*place, after, *rest, limit)
    ).fetchall()
    if len(found) < limit:
        return found
    last = found[-1][0]
    whole = connection.execute(select.format("lsn = ?"), (*place, last, *rest, -1)).fetchall()
    return [row for row in found if row[0] != last] + whole


def move_items(
    connection: sqlite3.Connection, container: int, old: str, part: PartitionRange
) -> None:
    """Give the items of a partition to one of those that it was split into."""
    connection.execute(
        "UPDATE items SET range = ? WHERE container = ? AND range = ? AND epk >= ? AND epk < ?",
        (part.id, container, old, part.minimum, part.maximum),
    )


def largest_range(connection: sqlite3.Connection, container: Container) -> PartitionRange:
    """The physical partition with the most items."""
    counts: dict[str, int] = dict(
        connection.execute(
            "SELECT range, count(*) FROM items WHERE container = ? GROUP BY range",
            (container.number,),
        )
    )
    return max(container.ranges, key=lambda part: counts.get(part.id, 0))


def insert_item(
    connection: sqlite3.Connection,
    container: Container,
    key: PartitionKey,
    name: str,
    number: int,
    lsn: int,
    version: NewVersion,
) -> None:
    """Add a row, in place of an expired one if there is one."""
    connection.execute(
        "INSERT OR REPLACE INTO items (number, container, range, lsn, modified, ttl, epk, key, id,"
        " etag, slim, body, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            container.number,
            container.range_of(key.epk).id,
            lsn,
            version.modified,
            version.ttl,
            key.epk,
            key.text,
            name,
            version.etag,
            version.slim,
            version.body,
            version.vector,
        ),
    )


def update_item(connection: sqlite3.Connection, number: int, lsn: int, version: NewVersion) -> None:
    """Give a row its next version."""
    connection.execute(
        "UPDATE items SET lsn = ?, modified = ?, ttl = ?, etag = ?, slim = ?, body = ?, vector = ?"
        " WHERE number = ?",
        (
            lsn,
            version.modified,
            version.ttl,
            version.etag,
            version.slim,
            version.body,
            version.vector,
            number,
        ),
    )


def delete_item(connection: sqlite3.Connection, number: int) -> None:
    """Remove a row."""
    connection.execute("DELETE FROM items WHERE number = ?", (number,))


def purge_expired(connection: sqlite3.Connection, container: Container, now: float) -> int:
    """Remove the rows that have expired; returns how many."""
    alive, values = _alive(container, now)
    if not values:
        return 0
    return connection.execute(
        f"DELETE FROM items WHERE container = ? AND NOT {alive}",
        (container.number, *values),
    ).rowcount


def last_number(connection: sqlite3.Connection) -> int:
    """The highest row number in use."""
    (number,) = connection.execute("SELECT coalesce(max(number), 0) FROM items").fetchone()
    return number
