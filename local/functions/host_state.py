"""The host's own routes: is it up, and is it ready."""

import uuid
from enum import StrEnum
from importlib.metadata import version

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

    def register(self, router: web.UrlDispatcher) -> None:
        """Add the admin routes to a router."""
        router.add_get("/admin/host/status", self._get_status)
        router.add_get("/", self._get_root)

    async def _get_status(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "id": self._id,
                "state": self.state,
                "version": "4.0",
                "versionDetails": f"azure-functions-runtime {version('azure-functions-runtime')}",
            }
        )

    async def _get_root(self, _request: web.Request) -> web.Response:
        return web.Response(text="The Functions host is up and running.")
