"""The opened data directory: one writer, a reader per thread, the catalog, and housekeeping."""

import asyncio
import logging
import sqlite3
import threading
import time
from pathlib import Path

from local.cosmos.errors import CosmosError
from local.cosmos.storage import rows
from local.cosmos.storage.catalog import Catalog
from local.cosmos.storage.commits import Writer
from local.cosmos.storage.database import open_connection, prepare_schema
from local.directory_lock import DirectoryLock

# Expired rows are invisible at once; this only says when their space is given back.
PURGE_INTERVAL_SECONDS = 10.0
MAX_SPARE_CONNECTIONS = 4

logger = logging.getLogger("local.cosmos")


class Store:
    """Everything that is kept in one data directory."""

    def __init__(self, directory: Path, partitions: int = 1) -> None:
        """Lock and open the directory; new containers get that many physical partitions.

        Raises:
            DirectoryInUseError: another server has it.
            RuntimeError: its file has another format.
        """
        self._lock = DirectoryLock(directory)
        self._directory = directory
        self._readers = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._spare: list[sqlite3.Connection] = []
        connection = self._open()
        prepare_schema(connection)
        self.catalog = Catalog(connection, partitions)
        self.writer = Writer(connection, self.catalog)
        self._next_number = rows.last_number(connection)

    def _open(self) -> sqlite3.Connection:
        connection = open_connection(self._directory)
        self._opened.append(connection)
        return connection

    @property
    def reader(self) -> sqlite3.Connection:
        """The calling thread's connection for reading."""
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._readers.connection = self._open()
        return connection

    def take_snapshot(self) -> sqlite3.Connection:
        """A connection, for any one thread, that sees what is committed now and nothing later."""
        connection = self._spare.pop() if self._spare else self._open()
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM databases LIMIT 1").fetchall()  # the moment is that of it
        return connection

    def give_back(self, snapshot: sqlite3.Connection) -> None:
        """End a snapshot; a few connections are kept for the next ones."""
        snapshot.execute("ROLLBACK")
        if len(self._spare) < MAX_SPARE_CONNECTIONS:
            self._spare.append(snapshot)
        else:
            self._opened.remove(snapshot)
            snapshot.close()

    def next_number(self) -> int:
        """A row number that no item has."""
        self._next_number += 1
        return self._next_number

    async def keep_house(self) -> None:
        """Give the space of expired items back, until cancelled."""
        while True:
            await asyncio.sleep(PURGE_INTERVAL_SECONDS)
            try:
                await self.writer.run(self._purge)
            except (CosmosError, sqlite3.Error) as error:  # a full disk may have room later
                logger.warning("expired items could not be removed (%s)", type(error).__name__)

    def _purge(self) -> None:
        now = time.time()
        for database in self.catalog.databases():
            for container in self.catalog.containers(database):
                rows.purge_expired(self.writer.connection, container, now)

    def close(self) -> None:
        """Commit what is open and give the directory up."""
        self.writer.flush()
        for connection in self._opened:
            connection.close()
        self._lock.close()
