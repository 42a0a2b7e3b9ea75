"""A host process on a free port over one of the apps beside this file, and its use in tests."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

APPS = Path(__file__).parent / "apps"
_ROOT = Path(__file__).parents[3]
_READY = re.compile(r"Ready: (http://[^/]+)/")

# Settings of the developer's shell must not reach the apps.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "PYTHONPATH")


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


@dataclass
class HostProcess:
    """A host that runs, or ran; `lines` is what it has written to standard error."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list[str])
    base_url: str = ""
    reader: threading.Thread = field(default_factory=threading.Thread)

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    def wait_until_ready(self, seconds: float = 30) -> "HostProcess":
        end = time.monotonic() + seconds
        while not self.base_url:
            assert self.process.poll() is None, f"the host ended:\n{self.log}"
            assert time.monotonic() < end, f"the host is not ready:\n{self.log}"
            time.sleep(0.02)
            match = _READY.search(self.log)
            self.base_url = match[1] if match else ""
        return self

    def stop(self) -> int:
        """End the host as a service manager would; returns its exit status."""
        self.process.terminate()
        return self.wait()

    def kill(self) -> None:
        """End the host without letting it know."""
        self.process.kill()
        self.wait()

    def wait(self, seconds: float = 10) -> int:
        """Wait for the host's end; returns its exit status."""
        status = self.process.wait(seconds)
        self.reader.join(seconds)
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe:
                pipe.close()
        return status

    async def call(self, method: str, path: str, value: Any = None, **options: Any) -> Reply:
        if value is not None:
            options["data"] = io.BytesIO(json.dumps(value).encode())
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


def launch(app: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> HostProcess:
    """Start a host over an app's folder; it ends with this process."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    command = [sys.executable, "-m", "local.functions", "--app", str(app), "--exit-with-parent"]
    if "--port" not in arguments:
        command += ["--port", "0"]
    process = subprocess.Popen(
        [*command, *arguments],
        cwd=_ROOT,
        env={**environment, **(settings or {})},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    host = HostProcess(process)

    def read_lines() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            host.lines.append(line.rstrip("\n"))

    host.reader = threading.Thread(target=read_lines, daemon=True)
    host.reader.start()
    return host


async def until(is_true: Callable[[], Awaitable[bool] | bool], seconds: float = 20) -> None:
    """Poll a condition until it holds."""
    end = time.monotonic() + seconds
    while True:
        answer = is_true()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < end, "the condition does not hold"
        await asyncio.sleep(0.02)
