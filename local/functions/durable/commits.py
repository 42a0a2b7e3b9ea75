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

# A commit waits until the loop has made so many passes without a change, but not for long: clients
# that ask at the same time are seen in passes that follow one another.
_QUIET_PASSES = 4
_LONGEST_WAIT_SECONDS = 0.002


class Commits:
    """Writes changes soon after they are made, and says when that is done.

    Args:
        act: Called after each commit, to hand out work.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._changes = Changes()
        self._is_due = False
        self._latest = 0.0
        self._quiet_passes = 0
        self._is_failing = False
        self._settled: list[asyncio.Future[None]] = []

    def use(self, changes: Changes) -> None:
        """Write these changes from now on."""
        self._changes = changes

    def schedule(self) -> None:
        """Commit soon; many calls until then are one commit."""
        self._quiet_passes = 0
        if self._is_due:
            return
        self._is_due = True
        loop = asyncio.get_running_loop()
        self._latest = loop.time() + _LONGEST_WAIT_SECONDS
        loop.call_soon(self._commit_when_quiet)

    async def settle(self) -> None:
        """Return once everything that was changed before this call is kept."""
        if self._changes.is_written:
            return
        # One for each: a caller that is cancelled must not cancel the others.
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._settled.append(settled)
        await settled

    def _commit_when_quiet(self) -> None:
        loop = asyncio.get_running_loop()
        self._quiet_passes += 1
        may_wait = self._quiet_passes < _QUIET_PASSES and loop.time() < self._latest
        if may_wait and not self._changes.is_written:
            loop.call_soon(self._commit_when_quiet)
        else:
            self._commit()

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
        settled, self._settled = self._settled, []
        for waiting in settled:
            if not waiting.done():
                waiting.set_result(None)
        self._act()

    def _wait_for_store(self, error: sqlite3.Error) -> None:
        if not self._is_failing:
            logger.error(
                "The state of orchestrations cannot be stored (%s): they and their clients wait "
                "until it can. Is the disk of the --data folder full?",
                error,
            )
        self._is_failing = self._is_due = True
        asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._commit)
