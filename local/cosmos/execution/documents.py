"""Parsed items, kept between queries: an item is parsed once per version, its vectors left out."""

import sqlite3
import threading

from local.cosmos.storage.rows import load_slim
from local.cosmos.values import Document, read_json

# Of serialised text; parsed documents take a multiple of it.
MAX_CACHED_BYTES = 64 * 1024 * 1024


class DocumentCache:
    """Parsed items by row number. What it returns is shared: nobody may change it."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[int, Document, int]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, connection: sqlite3.Connection, number: int, lsn: int) -> Document | None:
        """The item of a row as of this LSN or a later one; None if the row is gone."""
        entry = self._entries.get(number)
        if entry is not None and entry[0] == lsn:
            return entry[1]
        row = load_slim(connection, number)
        if row is None:
            return None
        document = parse_document(row[1])
        self._add(number, row[0], document, len(row[1]))
        return document

    def _add(self, number: int, lsn: int, document: Document, size: int) -> None:
        with self._lock:
            replaced = self._entries.pop(number, None)
            self._bytes += size - (replaced[2] if replaced else 0)
            self._entries[number] = lsn, document, size
            while self._bytes > MAX_CACHED_BYTES:
                oldest = next(iter(self._entries))
                self._bytes -= self._entries.pop(oldest)[2]


def parse_document(body: bytes) -> Document:
    """Parse a stored body."""
    document = read_json(body)
    if not isinstance(document, dict):
        raise TypeError("a stored item is not a JSON object")
    return document
