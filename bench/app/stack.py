"""Starts the app and what it needs, each in its own process, on a folder that is gone after."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from local.stack.children import APP_ARGUMENTS, Child, ServerCommand
from local.stack.containers import create_store
from local.stack.data_folder import Keys
from local.stack.environment import Addresses, addresses_of, app_environment
from local.stack.ports import pick_free_ports

DIMENSIONS = 1536
_KEYS = Keys(cosmos="bWVhc3VyZWQ=", model="measured")
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
# Only what the app's own defaults say counts: nothing sweeps, unless a measurement asks for it.
_QUIET = {
    "MEMORY_SWEEP_SCHEDULE": "0 0 0 1 1 *",
    "MEMORY_IDLE_FLUSH_SECONDS": "20",
    "MEMORY_SCAN_GRACE_SECONDS": "120",
    "MEMORY_SCAN_OVERLAP_SECONDS": "300",
    "MEMORY_STALE_SECONDS": "120",
    "MEMORY_RETRY_FIRST_SECONDS": "2",
    "MEMORY_DEFER_SECONDS": "60",
    "AI_FOUNDRY_EMBEDDING_DIMENSIONS": str(DIMENSIONS),
    "AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS": "",
    # Has the host log the end of each invocation: the first sweep's is waited for.
    "AzureFunctionsJobHost__logging__logLevel__Host.Results": "Information",
}


@dataclass(frozen=True)
class RunningApp:
    """Where its servers listen, and the file that says by how much its clock leads the store's."""

    addresses: Addresses
    clock_file: Path


@asynccontextmanager
async def running_app(
    settings: Mapping[str, str], model_url: str | None = None
) -> AsyncIterator[RunningApp]:
    """The app with its defaults and these settings, ready for turns.

    It asks the model at `model_url`, or local.model. The caller's own settings have no effect.
    """
    addresses = addresses_of(pick_free_ports(), _KEYS)
    if model_url:
        addresses = replace(addresses, model=model_url)
    inherited = {name: os.environ[name] for name in _KEPT if name in os.environ}
    async with AsyncExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="memory-bench-")))
        clock_file = folder / "clock"
        clock_file.write_text("0")
        quiet = {**_QUIET, "BENCH_CLOCK_FILE": str(clock_file)}
        environment = app_environment(addresses, {**inherited, **quiet, **settings})

        async def start(name: str, module: str, *arguments: str) -> Child:
            command = ServerCommand(name, module, arguments, stop_within=4.0)
            child = await Child.start(command, environment, folder / "logs")
            running.push_async_callback(child.stop)
            return child

        session = await running.enter_async_context(aiohttp.ClientSession())

        async def wait_for(child: Child, url: str) -> None:
            await child.wait_until_ready(lambda: _answers(session, url))

        store_arguments = ("--port", _port(addresses.cosmos), "--data", str(folder / "cosmos"))
        cosmos = await start("cosmos", "local.cosmos", *store_arguments, "--key", _KEYS.cosmos)
        if not model_url:
            port = _port(addresses.model_host)
            model = await start("model", "local.model", "--port", port, "--key", _KEYS.model)
            await wait_for(model, f"{addresses.model_host}/_stats")
        await wait_for(cosmos, f"{addresses.cosmos}/_stats")
        await create_store(addresses.cosmos, _KEYS.cosmos, DIMENSIONS)
        port = _port(addresses.functions_host)
        host = await start("functions", "bench.app.host", *APP_ARGUMENTS, "--port", port)
        await host.wait_until_ready(lambda: _runs(session, addresses.functions_host))
        await host.wait_until_ready(lambda: _has_swept(host.log))
        yield RunningApp(addresses, clock_file)


def _port(url: str) -> str:
    return url.rpartition(":")[2]


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.ok
    except aiohttp.ClientError:
        return False


async def _has_swept(log: Path) -> bool:
    """Whether the sweep that an app begins with has ended: its requests are no turn's."""
    text = await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")
    return "Executed 'Functions.sweep'" in text


async def _runs(session: aiohttp.ClientSession, host: str) -> bool:
    try:
        async with session.get(f"{host}/admin/host/status") as response:
            return (await response.json()).get("state") == "Running"
    except (aiohttp.ClientError, ValueError):
        return False
