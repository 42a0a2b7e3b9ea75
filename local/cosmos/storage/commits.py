"""Group commit: every write of one turn of the event loop shares one transaction.

A write is acknowledged only after the COMMIT that contains it. Readers use connections of their
own, so nobody sees what is not committed.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Protocol

from local.cosmos.errors import CosmosError


class Participant(Protocol):
    """What has state in memory that belongs to a transaction."""

    def before_commit(self) -> None:
        """Write what is still in memory only."""
        ...

    def after_commit(self) -> None:
        """What was written is visible from here on."""
        ...

    def after_rollback(self) -> None:
        """What was written since the last commit never happened."""
        ...


class Writer:
    """The only place that writes; to be used from the event loop's thread alone."""

    def __init__(self, connection: sqlite3.Connection, participant: Participant) -> None:
        """Take the connection to write with and who keeps memory in step with it."""
        self.connection = connection
        self._participant = participant
        self._group: asyncio.Future[None] | None = None

    async def run[T](self, operation: Callable[[], T], *, alone: bool = False) -> T:
        """Run an operation in the open transaction; return once it is committed.

        Alone it has a transaction of its own, committed before any other request is looked at: for
        what changes memory and rows in a way that must be seen at one moment.

        An operation that raises CosmosError must have left the rows as they were. Any other
        exception rolls the whole group back: none of its writes is acknowledged.
        """
        if alone:
            self.flush()
        group = self._group or self._begin()
        try:
            result = operation()
        except CosmosError:
            raise
        except BaseException as error:  # whatever it is, half of an operation must not be committed
            self._abandon(error)
            raise
        if alone:
            self.flush()
        # Several requests wait for one future: a cancelled one must not cancel the others.
        await asyncio.shield(group)
        return result

    def _begin(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        self.connection.execute("BEGIN IMMEDIATE")
        self._group = loop.create_future()
        loop.call_soon(self.flush)
        return self._group

    def flush(self) -> None:
        """Commit what is open, if anything is."""
        group, self._group = self._group, None
        if group is None:
            return
        try:
            self._participant.before_commit()
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._group = group
            self._abandon(error)
        else:
            self._participant.after_commit()
            group.set_result(None)

    def _abandon(self, error: BaseException) -> None:
        group, self._group = self._group, None
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self._participant.after_rollback()
        if group is not None:
            failure = CosmosError(503, f"The write could not be stored ({type(error).__name__}).")
            group.set_exception(failure)
            group.exception()  # with nobody waiting it is no unhandled error
