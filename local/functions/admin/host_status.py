"""Is the host up, and is it ready: /admin/host/status and /admin/host/ping."""

import platform
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Any

import psutil
from aiohttp import web


class HostState(StrEnum):
    """The states of the real host that this one passes through."""

    STARTING = "Starting"
    RUNNING = "Running"
    STOPPING = "Stopping"


class HostStatus:
    """GET /admin/host/status: Running once every trigger listens, and not before."""

    def __init__(self) -> None:
        self.state = HostState.STARTING
        self._id = uuid.uuid4().hex
        self._extension_bundle: Mapping[str, str] | None = None

    def name_bundle(self, extension_bundle: Mapping[str, str] | None) -> None:
        """Tell which extension bundle host.json asks for; nothing is loaded from it here."""
        self._extension_bundle = extension_bundle

    def register(self, router: web.UrlDispatcher) -> None:
        """Add these routes to a router."""
        router.add_get("/admin/host/status", self._get_status)
        for method in ("GET", "POST"):
            router.add_route(method, "/admin/host/ping", self._ping)

    async def _get_status(self, _request: web.Request) -> web.Response:
        status: dict[str, Any] = {
            "id": self._id,
            "state": self.state,
            "version": "4.0",
            "versionDetails": f"azure-functions-runtime {version('azure-functions-runtime')}",
            "platformVersion": "",
            "instanceId": "",
            "computerName": platform.node(),
            "processUptime": _measure_uptime(),
            "functionAppContentEditingState": "Unknown",
        }
        if self._extension_bundle:
            status["extensionBundle"] = {
                "id": self._extension_bundle.get("id", ""),
                "version": self._extension_bundle.get("version", ""),
            }
        return web.json_response(status)

    async def _ping(self, _request: web.Request) -> web.Response:
        return web.Response(headers={"Cache-Control": "no-store, no-cache"})


def _measure_uptime() -> int:
    """How long this process has been running, in milliseconds."""
    started = psutil.Process().create_time()
    return max(0, int((datetime.now(UTC).timestamp() - started) * 1000))
