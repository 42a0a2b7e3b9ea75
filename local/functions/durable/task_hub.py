"""The task hub: backend, bridge, client endpoint and purge, started and stopped together."""

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from local.functions.durable.backend import LocalBackend
from local.functions.durable.bridge import Bridge
from local.functions.durable.changes import Changes
from local.functions.durable.client_service import ClientService
from local.functions.durable.commits import Commits
from local.functions.durable.finished_runs import FinishedRuns
from local.functions.durable.storage.state_file import StateFile
from local.functions.host_json import HostOptions
from local.functions.rehearsal import Rehearsal
from local.functions.settings import AppSettings, BadSettingsError
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Durable")

_LONGEST_PURGE_INTERVAL_SECONDS = 5.0


@dataclass(frozen=True)
class Retention:
    """How long, in seconds, and how many finished instances are kept."""

    seconds: float
    limit: int


def read_retention(settings: AppSettings) -> Retention:
    """Read LOCAL_FUNCTIONS_RETENTION_SECONDS (3600) and LOCAL_FUNCTIONS_RETENTION_LIMIT (20000).

    Raises:
        BadSettingsError: a value is not a whole number.
    """
    return Retention(
        seconds=_read_count(settings, "LOCAL_FUNCTIONS_RETENTION_SECONDS", 3600),
        limit=_read_count(settings, "LOCAL_FUNCTIONS_RETENTION_LIMIT", 20_000),
    )


def _read_count(settings: AppSettings, name: str, default: int) -> int:
    text = settings.get(name) or str(default)
    if not text.isdecimal():
        raise BadSettingsError(f"{name} must be a whole number, not '{text}'.")
    return int(text)


class TaskHub:
    """All of Durable Functions for one app."""

    def __init__(
        self,
        worker: Worker,
        options: HostOptions,
        retention: Retention,
        rehearsal: Rehearsal,
        data: Path | None,
    ) -> None:
        """Take up the state in the data folder, if there is one.

        Raises:
            UnusableStateError: it cannot be read.
        """
        self._worker = worker
        self._hub_name = options.hub_name
        self._bridge = Bridge(worker, options, rehearsal)
        self.commits = Commits(self._bridge.pump)
        finished = FinishedRuns(retention.seconds, retention.limit)
        self._file = StateFile(data, options.hub_name, self.commits.schedule) if data else None
        changes = self._file.journal if self._file else Changes()
        self.commits.use(changes)
        self.backend = LocalBackend(self.commits.schedule, finished, changes)
        self._clients = ClientService(self.backend, self.commits)
        self._purge: asyncio.Task[None] | None = None
        self._purge_interval = min(_LONGEST_PURGE_INTERVAL_SECONDS, retention.seconds / 4 + 0.1)

    async def start(self, host: str, http_base: str, webhook_query: str = "") -> None:
        """Serve durable clients and run work.

        Args:
            host: The address to serve clients on.
            http_base: The host's own URL.
            webhook_query: What URLs of the management routes must carry, such as a key.
        """
        address = await self._clients.start(host)
        configuration = self._describe_client(address, http_base, webhook_query)
        self._worker.set_client_configuration(configuration)
        if self._file:
            self.backend.restore(self._file.take_hub())
        self._bridge.start(self.backend, self.commits)
        self._purge = asyncio.create_task(self._purge_for_ever())

    async def stop(self, drain_seconds: float) -> None:
        """End what is running, after a moment's grace."""
        if self._purge:
            self._purge.cancel()
        await self._bridge.stop(drain_seconds)
        await self._clients.stop()
        if self._file:
            self._file.close()

    def _describe_client(self, address: str, http_base: str, webhook_query: str) -> str:
        """What the extension sends for a durableClient binding of a gRPC app (BindingHelper)."""
        webhooks = f"{http_base}/runtime/webhooks/durabletask"
        query = "&".join(
            part
            for part in (f"taskHub={self._hub_name}", "connection=Storage", webhook_query)
            if part
        )
        return json.dumps(
            {
                "taskHubName": self._hub_name,
                "connectionName": None,
                "creationUrls": None,
                "managementUrls": None,
                "baseUrl": webhooks,
                "httpBaseUrl": webhooks,
                "requiredQueryStringParameters": query,
                "rpcBaseUrl": f"http://{address}",
                "maxGrpcMessageSizeInBytes": 2**31 - 1,
                "grpcHttpClientTimeout": "00:01:40",
            }
        )

    async def _purge_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._purge_interval)
            purged = self.backend.purge_expired()
            if purged:
                logger.debug("Purged %d finished instances.", purged)
