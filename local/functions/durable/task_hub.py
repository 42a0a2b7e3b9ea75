"""The task hub: an engine here or elsewhere, and the clients' endpoint, started and stopped."""

import json
from pathlib import Path

from local.functions.durable.bridge import Bridge
from local.functions.durable.client_service import ClientService
from local.functions.durable.engine import Engine
from local.functions.durable.local_hub import LocalHub, Retention
from local.functions.durable.scheduler.connection import read_scheduler_address
from local.functions.durable.scheduler.hub import SchedulerHub
from local.functions.host_json import HostOptions
from local.functions.rehearsal import Rehearsal
from local.functions.settings import AppSettings, BadSettingsError
from local.functions.worker.runtime import Worker


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
        settings: AppSettings,
        rehearsal: Rehearsal,
        data: Path | None,
    ) -> None:
        """Take up the state in the data folder, or use the scheduler that the settings name.

        Raises:
            BadSettingsError: a setting cannot be used.
            UnusableStateError: the data folder's state cannot be read.
        """
        self._worker = worker
        self._hub_name = options.hub_name
        retention = read_retention(settings)
        address = read_scheduler_address(settings, options.hub_name)
        if address:
            self._hub = SchedulerHub(address, worker, options, rehearsal)
        else:
            bridge = Bridge(worker, options, rehearsal)
            self._hub = LocalHub(bridge, options.hub_name, retention, data)
        self.engine: Engine = self._hub.engine
        self._clients = ClientService(self.engine)

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
        await self._hub.start()

    async def stop(self, drain_seconds: float) -> None:
        """End what is running, after a moment's grace."""
        await self._hub.stop(drain_seconds)
        await self._clients.stop()
        self._hub.close()

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
