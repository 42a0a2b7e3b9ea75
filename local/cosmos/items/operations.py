"""Create, read, upsert, replace, patch and delete of one item, inside a transaction.

Each operation checks everything before it writes, so one that raises has changed nothing.
"""

from dataclasses import dataclass

from local.cosmos.charge import read_charge, write_charge
from local.cosmos.errors import CosmosError, bad_request, conflict, not_found, precondition_failed
from local.cosmos.items.patch import Patch, apply_patch
from local.cosmos.items.rules import check_id
from local.cosmos.items.versions import build_version
from local.cosmos.partition_key import PartitionKey, key_of_document
from local.cosmos.sql.conditions import holds
from local.cosmos.storage import rows
from local.cosmos.storage.containers import Container
from local.cosmos.storage.rows import StoredItem
from local.cosmos.storage.store import Store
from local.cosmos.values import Document, read_json

ANY_VERSION = "*"


@dataclass(frozen=True, slots=True)
class Conditions:
    """If-Match and If-None-Match of a request."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check(self, name: str, current: StoredItem | None) -> None:
        """Raise CosmosError 412 unless a write may go on from this version."""
        etag = current.etag if current else None
        if self.if_match and self.if_match not in (etag, ANY_VERSION):
            raise precondition_failed(name)
        if etag and self.if_none_match in (etag, ANY_VERSION):
            raise precondition_failed(name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an operation; without a body where there is nothing to return."""

    status: int
    body: bytes | None
    etag: str | None
    charge: float


class ItemEditor:
    """Operations on the items of one partition key at one moment: one transaction, one LSN."""

    def __init__(self, store: Store, container: Container, now: float) -> None:
        """The moment is in seconds since 1970."""
        self._store = store
        self._connection = store.writer.connection
        self._container = container
        self._now = now
        self._lsn: int | None = None

    def read(self, key: PartitionKey, name: str, conditions: Conditions) -> Outcome:
        """Return an item: 304 without a body if the client has that version already."""
        found = self._find(key, name)
        return read_outcome(found, conditions)

    def create(self, key: PartitionKey, document: Document, conditions: Conditions) -> Outcome:
        """Add an item: 409 if its id is taken in its partition."""
        name = self._check(key, document)
        if self._find_or_none(key, name) is not None:
            raise conflict("Item", name)
        conditions.check(name, None)
        return self._insert(key, name, document)

    def upsert(self, key: PartitionKey, document: Document, conditions: Conditions) -> Outcome:
        """Add an item or replace the one of its id."""
        name = self._check(key, document)
        current = self._find_or_none(key, name)
        if current is None:  # a creation then, to which If-Match does not apply
            return self._insert(key, name, document)
        conditions.check(name, current)
        return self._update(key, current, document)

    def replace(
        self, key: PartitionKey, name: str, document: Document, conditions: Conditions
    ) -> Outcome:
        """Give an existing item other content under the same id."""
        if self._check(key, document) != name:
            raise bad_request("The id of an item cannot be changed: body and path differ.")
        current = self._find(key, name)
        conditions.check(name, current)
        return self._update(key, current, document)

    def patch(self, key: PartitionKey, name: str, patch: Patch, conditions: Conditions) -> Outcome:
        """Change parts of an item, if the condition of the patch holds for it."""
        current = self._find(key, name)
        conditions.check(name, current)
        document = _parse(current.body)
        if patch.condition is not None and not holds(patch.condition, document):
            raise CosmosError(
                412, f"The condition of the patch does not hold for item '{name}'.", 1110
            )
        paths = self._container.key_definition.paths
        return self._update(key, current, apply_patch(document, patch, paths))

    def delete(self, key: PartitionKey, name: str, conditions: Conditions) -> Outcome:
        """Remove an item."""
        current = self._find(key, name)
        conditions.check(name, current)
        self._next_lsn(key)
        rows.delete_item(self._connection, current.number)
        return Outcome(204, None, None, self._write_charge(current.body))

    def _check(self, key: PartitionKey, document: Document) -> str:
        name = check_id(document.get("id"))
        if key_of_document(self._container.key_definition, document).text != key.text:
            raise bad_request(
                "The partition key of the document is not the one in the request's header.", 1001
            )
        return name

    def _find_or_none(self, key: PartitionKey, name: str) -> StoredItem | None:
        return rows.read_item(self._connection, self._container, key, name, self._now)

    def _find(self, key: PartitionKey, name: str) -> StoredItem:
        found = self._find_or_none(key, name)
        if found is None:
            raise not_found("Item", name)
        return found

    def _insert(self, key: PartitionKey, name: str, document: Document) -> Outcome:
        number = self._store.next_number()
        version = build_version(self._container, number, document, self._now)
        lsn = self._next_lsn(key)
        rows.insert_item(self._connection, self._container, key, name, number, lsn, version)
        return Outcome(201, version.body, version.etag, self._write_charge(version.body))

    def _update(self, key: PartitionKey, current: StoredItem, document: Document) -> Outcome:
        version = build_version(self._container, current.number, document, self._now)
        rows.update_item(self._connection, current.number, self._next_lsn(key), version)
        return Outcome(200, version.body, version.etag, self._write_charge(version.body))

    def _write_charge(self, body: bytes) -> float:
        return write_charge(body, indexed=self._container.indexed)

    def _next_lsn(self, key: PartitionKey) -> int:
        if self._lsn is None:
            part = self._container.range_of(key.epk)
            self._lsn = self._store.catalog.next_lsn(self._container, part)
        return self._lsn


def read_outcome(found: StoredItem, conditions: Conditions) -> Outcome:
    """The answer to a read of a stored item."""
    charge = read_charge(len(found.body))
    if conditions.if_none_match in (found.etag, ANY_VERSION):
        return Outcome(304, None, found.etag, charge)
    return Outcome(200, found.body, found.etag, charge)


def _parse(body: bytes) -> Document:
    document = read_json(body)
    if not isinstance(document, dict):
        raise TypeError("a stored item is not a JSON object")
    return document
