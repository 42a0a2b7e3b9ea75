"""A task hub of this process: its engine, its file, and the work it hands out."""

import asyncio
import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from local.functions.durable.backend import LocalBackend
from local.functions.durable.bridge import Bridge
from local.functions.durable.changes import Changes
from local.functions.durable.commits import Commits
from local.functions.durable.engine import LocalEngine
from local.functions.durable.finished_runs import FinishedRuns
from local.functions.durable.storage.state_file import StateFile

logger = logging.getLogger("Host.Durable")

_LONGEST_PURGE_INTERVAL_SECONDS = 5.0


@dataclass(frozen=True)
class Retention:
    """How long, in seconds, and how many finished instances are kept."""

    seconds: float
    limit: int


class LocalHub:
    """Orchestrations and entities that live here."""

    def __init__(
        self, bridge: Bridge, hub_name: str, retention: Retention, data: Path | None
    ) -> None:
        """Take up the state in the data folder, if there is one.

        Raises:
            UnusableStateError: it cannot be read.
        """
        self._bridge = bridge
        self._commits = Commits(bridge.pump)
        finished = FinishedRuns(retention.seconds, retention.limit)
        self._file = StateFile(data, hub_name, self._commits.schedule) if data else None
        changes = self._file.journal if self._file else Changes()
        self._commits.use(changes)
        self._backend = LocalBackend(self._commits.schedule, finished, changes)
        self.engine = LocalEngine(self._backend, self._commits)
        self._purge: asyncio.Task[None] | None = None
        self._purge_interval = min(_LONGEST_PURGE_INTERVAL_SECONDS, retention.seconds / 4 + 0.1)

    async def start(self) -> None:
        """Take up what was running, and run work from now on."""
        if self._file:
            self._backend.restore(self._file.take_hub())
        self._bridge.start(self._backend, self._commits)
        self._purge = asyncio.create_task(self._purge_for_ever())

    async def stop(self, drain_seconds: float) -> None:
        """End what is running, after a moment's grace."""
        if self._purge:
            self._purge.cancel()
        await self._bridge.stop(drain_seconds)

    def close(self) -> None:
        """Write what is left, once there are no more clients."""
        if not self._file:
            return
        try:
            self._file.close()
        except sqlite3.Error as error:
            logger.error(  # noqa: TRY400 - one line says it all
                "The last changes of orchestrations could not be stored (%s). Nobody was told of "
                "them: the next start goes on from before.",
                error,
            )

    async def _purge_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._purge_interval)
            purged = self._backend.purge_expired()
            if purged:
                logger.debug("Purged %d finished instances.", purged)
