"""The server that is measured: a process of its own that ends with the measurement."""

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil


class MeasuredServer:
    """Where the server listens, and what it costs."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self._process = psutil.Process(pid)

    def cpu_seconds(self) -> float:
        """CPU time since its start, the kernel's part included."""
        times = self._process.cpu_times()
        return times.user + times.system

    def megabytes(self) -> float:
        """Resident memory; on Linux without the pages of files that are mapped into it."""
        memory = self._process.memory_info()
        return (memory.rss - getattr(memory, "shared", 0)) / 1e6


class Meter:
    """What both sides have spent since it was made; CPU times are in microseconds per request."""

    def __init__(self, server: MeasuredServer) -> None:
        self._server = server
        self._server_cpu = server.cpu_seconds()
        self._load_cpu = time.process_time()
        self._started = time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self._started

    def server_cpu(self, requests: int) -> float:
        return (self._server.cpu_seconds() - self._server_cpu) / requests * 1e6

    def load_cpu(self, requests: int) -> float:
        return (time.process_time() - self._load_cpu) / requests * 1e6


@asynccontextmanager
async def running_server(module: str, *arguments: str, ready: str) -> AsyncIterator[MeasuredServer]:
    """Start a server of local/; `ready` matches the line after which it answers, and its URL."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments, "--port", "0", "--exit-with-parent"),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ),
    )
    assert process.stdin
    assert process.stderr
    async for line in process.stderr:
        if found := re.search(ready, line.decode(errors="replace")):
            break
    else:
        command = " ".join(("python -m", module, *arguments))
        raise RuntimeError(f"{module} did not start: run {command} to see why")
    draining = asyncio.create_task(process.stderr.read())
    try:
        yield MeasuredServer(found[1], process.pid)
    finally:
        process.stdin.close()
        await process.wait()
        await draining


@asynccontextmanager
async def running_cosmos() -> AsyncIterator[MeasuredServer]:
    """Start local.cosmos with its defaults."""
    ready = r"listening on (http://[^ /]+)"
    with tempfile.TemporaryDirectory() as folder:
        async with running_server("local.cosmos", "--data", folder, ready=ready) as server:
            yield server
