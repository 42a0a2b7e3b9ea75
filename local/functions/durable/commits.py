"""Group commit: all changes of one pass of the event loop are kept together, then acted upon.

Work is handed out and clients are answered only after what they saw was kept.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable

from local.functions.durable.changes import Changes

logger = logging.getLogger("Host.Durable")

_RETRY_SECONDS = 0.5

# With much going on a commit waits a little for company; with little it would only be late.
_BUSY = 8
_PAUSE_SECONDS = 0.002


class Commits:
    """Writes changes soon after they are made, and says when that is done.

    Args:
        act: Called after each commit, to hand out work; returns how much is running then.
    """

    def __init__(self, act: Callable[[], int]) -> None:
        self._act = act
        self._running = 0
        self._changes = Changes()
        self._is_due = False
        self._is_failing = False
        self._settled: asyncio.Future[None] | None = None

    def use(self, changes: Changes) -> None:
        """Write these changes from now on."""
        self._changes = changes

    def schedule(self) -> None:
        """Commit soon; many calls until then are one commit."""
        if self._is_due:
            return
        self._is_due = True
        loop = asyncio.get_running_loop()
        if self._running > _BUSY and not self._changes.is_written:
            loop.call_later(_PAUSE_SECONDS, self._commit)
        else:
            loop.call_soon(self._commit)

    async def settle(self) -> None:
        """Return once everything that was changed before this call is kept."""
        if self._changes.is_written:
            return
        if self._settled is None:
            self._settled = asyncio.get_running_loop().create_future()
        # Many wait for one future: a cancelled one must not cancel the others.
        await asyncio.shield(self._settled)

    def _commit(self) -> None:
        self._is_due = False
        try:
            self._changes.write()
        except sqlite3.Error as error:
            self._wait_for_store(error)
            return
        if self._is_failing:
            self._is_failing = False
            logger.info("The state of orchestrations can be stored again.")
        settled, self._settled = self._settled, None
        if settled is not None:
            settled.set_result(None)
        self._running = self._act()

    def _wait_for_store(self, error: sqlite3.Error) -> None:
        if not self._is_failing:
            logger.error(
                "The state of orchestrations cannot be stored (%s): they and their clients wait "
                "until it can. Is the disk of the --data folder full?",
                error,
            )
        self._is_failing = self._is_due = True
        asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._commit)
