"""The SQLite file: its schema and how connections to it are opened.

WAL with synchronous=NORMAL: a committed write is in the operating system's hands, so it survives
the end of this process (kill -9 too); a power cut may lose the last moments, which is fine for one
machine's stand-in.
"""

import sqlite3
from pathlib import Path

FILE_NAME = "cosmos.sqlite3"
# The file is written by this schema only; another number means another version of this program.
SCHEMA_VERSION = 2

# Columns that scans read come before the bodies: SQLite reads a row from its front.
_SCHEMA = """
CREATE TABLE databases (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    properties BLOB NOT NULL
);
CREATE TABLE containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    database INTEGER NOT NULL REFERENCES databases (number),
    id TEXT NOT NULL,
    properties BLOB NOT NULL,
    UNIQUE (database, id)
);
CREATE TABLE ranges (
    container INTEGER NOT NULL REFERENCES containers (number),
    id TEXT NOT NULL,
    minimum TEXT NOT NULL,
    maximum TEXT NOT NULL,
    lsn INTEGER NOT NULL,
    parents TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (container, id)
) WITHOUT ROWID;
CREATE TABLE items (
    number INTEGER PRIMARY KEY,
    container INTEGER NOT NULL,
    range TEXT NOT NULL,
    lsn INTEGER NOT NULL,
    modified REAL NOT NULL,
    ttl INTEGER,
    epk TEXT NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    etag TEXT NOT NULL,
    slim BLOB,
    body BLOB NOT NULL,
    vector BLOB
);
CREATE UNIQUE INDEX items_by_key ON items (container, epk, key, id);
CREATE INDEX items_by_lsn ON items (container, range, lsn);
"""
_OFFERS = """
CREATE TABLE offers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    resource TEXT NOT NULL UNIQUE,
    properties BLOB NOT NULL
);
"""
# From format 1, which knew one partition per container, one number per write and no offers.
_MIGRATION = """
ALTER TABLE ranges ADD COLUMN parents TEXT NOT NULL DEFAULT '';
DROP INDEX items_by_lsn;
CREATE INDEX items_by_lsn ON items (container, range, lsn);
"""


def open_connection(directory: Path) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun and ended in words."""
    connection = sqlite3.connect(
        directory / FILE_NAME,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        timeout=30,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA mmap_size = 268435456")
    return connection


def prepare_schema(connection: sqlite3.Connection) -> None:
    """Create the tables in an empty file, or bring those of an earlier version up to date.

    Raises:
        RuntimeError: the file belongs to another version of this program.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    steps = {0: _SCHEMA + _OFFERS, 1: _MIGRATION + _OFFERS}.get(version)
    if steps is None:
        raise RuntimeError(
            f"the data directory has format {version}, this program writes {SCHEMA_VERSION}: "
            "use an empty directory"
        )
    connection.executescript(f"BEGIN; {steps} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
