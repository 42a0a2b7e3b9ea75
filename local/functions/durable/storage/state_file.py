"""The state of one task hub on disk, from its reading to its closing."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from google.protobuf.message import DecodeError

from local.functions.durable.storage.database import UnusableStateError, open_database, path_of
from local.functions.durable.storage.reading import StoredHub, read_hub


class StateFile:
    """A read file, and the journal that goes on writing it.

    Args:
        directory: The data folder, which this process alone uses.
        hub_name: The task hub; each has a file of its own.
        on_change: Called whenever the journal has something to write.
    """

    def __init__(self, directory: Path, hub_name: str, on_change: Callable[[], None]) -> None:
        """Open and read the file.

        Raises:
            UnusableStateError: it cannot be read.
        """
        self._connection = open_database(directory, hub_name)
        try:
            self._hub = read_hub(self._connection)
        except (sqlite3.Error, DecodeError, ValueError) as error:
            self._connection.close()
            path = path_of(directory, hub_name)
            raise UnusableStateError(path, f"cannot be read ({error})") from error
        self.journal = self._hub.open_journal(self._connection, on_change)

    def take_hub(self) -> StoredHub:
        """What was in the file when it was opened; only once, since it may be large."""
        hub, self._hub = self._hub, StoredHub()
        return hub

    def close(self) -> None:
        """Write what is left, and close the file.

        Raises:
            sqlite3.Error: something could not be written and is lost.
        """
        try:
            self.journal.write()
        finally:
            self._connection.close()
