"""The SQLite file of one task hub: its schema, and how it is opened.

WAL with synchronous=NORMAL: a committed change is in the operating system's hands, so it survives
the end of this process (kill -9 too); a power cut may lose the last moments.
"""

import sqlite3
from pathlib import Path
from urllib.parse import quote

# Tells this program's files from any other SQLite file (PRAGMA application_id): "LFDs".
_APPLICATION_ID = 0x4C464473
# Another number means that another version of this program wrote the file.
_SCHEMA_VERSION = 1

# Rows of history and inbox are keyed by owner and position in one number (see rows.py), so that
# what belongs together lies together and an append needs no second index.
_SCHEMA = f"""
CREATE TABLE instances (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    version TEXT,
    tags TEXT,
    status INTEGER NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    completed REAL,
    custom_status TEXT,
    run INTEGER NOT NULL,
    parent_id TEXT,
    parent_task INTEGER,
    parent_run INTEGER
);
CREATE TABLE history (key INTEGER PRIMARY KEY, events BLOB NOT NULL);
CREATE TABLE entities (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT,
    modified REAL NOT NULL,
    locked_by TEXT
);
CREATE TABLE inbox (key INTEGER PRIMARY KEY, events BLOB NOT NULL);
CREATE TABLE delayed_signals (
    number INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    fire_at REAL NOT NULL,
    event BLOB NOT NULL
);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_SCHEMA_VERSION};
"""

_CHECKPOINT_PAGES = 4000


class UnusableStateError(Exception):
    """The file of a task hub cannot be read; the message says which, why and what to do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} {reason}: move it away to begin without orchestrations, or choose another "
            "folder with --data."
        )


def path_of(directory: Path, hub_name: str) -> Path:
    """The file of a task hub."""
    return directory / f"durable-{quote(hub_name, safe='')}.sqlite3"


def open_database(directory: Path, hub_name: str) -> sqlite3.Connection:
    """Open the file of a task hub, made if need be; transactions are begun and ended in words.

    Raises:
        UnusableStateError: the file is damaged, of another program or of another version.
    """
    path = path_of(directory, hub_name)
    try:
        connection = sqlite3.connect(path, timeout=1, isolation_level=None)
    except sqlite3.Error as error:
        raise UnusableStateError(path, f"cannot be opened ({error})") from error
    try:
        _prepare(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):  # a full disk, another program, no rights
            raise UnusableStateError(path, f"cannot be used ({error})") from error
        raise UnusableStateError(path, f"is damaged or no SQLite file ({error})") from error
    except UnusableStateError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != _APPLICATION_ID:
        raise UnusableStateError(path, "belongs to another program")
    if tables and version != _SCHEMA_VERSION:
        raise UnusableStateError(
            path, f"has format {version}, and this program reads format {_SCHEMA_VERSION}"
        )
    # The folder is ours alone: without this every transaction locks and unlocks the file.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    if not tables:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
    else:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise UnusableStateError(path, f"is damaged ({found})")
