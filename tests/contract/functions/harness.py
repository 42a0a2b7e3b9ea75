"""A host process on a free port over one of the apps beside this file, and its use in tests."""

import asyncio
import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.contract.functions.processes import ServerProcess

APPS = Path(__file__).parent / "apps"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class HostProcess(ServerProcess):
    """A host, and HTTP calls to it once it listens."""

    base_url = ""

    def wait_until_listening(self) -> "HostProcess":
        self.base_url = self.wait_for_line(r"Listening on (http://[^\s\"]+)")[1]
        return self

    def wait_until_ready(self) -> "HostProcess":
        self.wait_for_line("Ready: ")
        return self.wait_until_listening()

    async def call(self, method: str, path: str, value: Any = None, **options: Any) -> Reply:
        if value is not None:
            options["data"] = io.BytesIO(json.dumps(value).encode())
            json_type = {"Content-Type": "application/json"}
            options["headers"] = {**json_type, **options.get("headers", {})}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.base_url + path, **options) as response,
        ):
            return Reply(response.status, response.headers.copy(), await response.read())

    async def start(self, orchestrator: str, value: Any = None, instance_id: str = "") -> str:
        """Start an orchestration through the app's own route; returns the instance's id."""
        path = f"/api/start/{orchestrator}" + (f"/{instance_id}" if instance_id else "")
        reply = await self.call("POST", path, value)
        assert reply.status == 202, reply.text
        return reply.json["id"]

    async def status(self, instance_id: str) -> dict[str, Any]:
        path = f"/runtime/webhooks/durabletask/instances/{instance_id}"
        return (await self.call("GET", path)).json

    async def reach(self, instance_id: str, *wanted: str, seconds: float = 20) -> dict[str, Any]:
        """Wait until an instance has one of these statuses, and return all of it."""
        end = time.monotonic() + seconds
        while True:
            status = await self.status(instance_id)
            if status.get("runtimeStatus") in wanted:
                return status
            assert time.monotonic() < end, f"{instance_id} is {status}\n{self.log}"
            await asyncio.sleep(0.02)

    async def finish(self, instance_id: str, seconds: float = 20) -> dict[str, Any]:
        """Wait for an instance's end and return its status."""
        return await self.reach(instance_id, "Completed", "Failed", "Terminated", seconds=seconds)

    async def run(self, orchestrator: str, value: Any = None, instance_id: str = "") -> Any:
        """Run an orchestration to its success and return its output."""
        status = await self.finish(await self.start(orchestrator, value, instance_id))
        assert status["runtimeStatus"] == "Completed", status
        return status["output"]


def launch(
    app: Path,
    *options: str,
    port: int | None = 0,
    settings: Mapping[str, str] | None = None,
) -> HostProcess:
    """Start a host over an app's folder; it ends with this process."""
    where = () if port is None else ("--port", str(port))
    return HostProcess("local.functions", "--app", str(app), *where, *options, settings=settings)
