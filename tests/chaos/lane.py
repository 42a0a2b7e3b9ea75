"""The servers that one seed at a time uses: Cosmos DB, the model and the proxy before it."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from azure.cosmos.aio import CosmosClient

from shared.adapters.cosmos_client import build_cosmos_client
from tests.chaos.hosts import ForkServerProcess
from tests.chaos.model_proxy import ModelProxy
from tests.chaos.orders import give_order
from tests.chaos.struck import count_strikes

# base64 of nothing secret
KEY = "bm90IGEgc2VjcmV0"
DIMENSIONS = 64
_LISTENS = re.compile(r"listen(?:s|ing) on (http://[\d.:]+)")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Lane:
    """Where the servers of a lane are, and the connections of whoever watches them."""

    cosmos_url: str
    model_url: str
    proxy: ModelProxy
    hosts: ForkServerProcess
    client: CosmosClient
    session: aiohttp.ClientSession
    folder: Path

    async def order(self, url: str, path: str, order: Any) -> None:
        """Ask a server for something. Raises RefusedOrderError if it says no."""
        await give_order(self.session, f"{url}{path}", order)

    async def end_faults(self) -> Counter[str]:
        """Take all faults out of force; how many calls they struck, by kind."""
        struck = self.proxy.end_faults()
        for name, url in (("cosmos", self.cosmos_url), ("model", self.model_url)):
            async with self.session.get(f"{url}/_faults") as reply:
                struck += count_strikes(name, (await reply.json())["faults"])
            async with self.session.delete(f"{url}/_faults"):
                pass
        return struck


@asynccontextmanager
async def open_lanes(folder: Path, count: int) -> AsyncGenerator[list[Lane]]:
    """Start the servers of so many lanes, with data and logs in an empty folder.

    They end with the block. One fork server, whose start takes longest, serves them all.
    """
    async with AsyncExitStack() as opened:
        hosts = ForkServerProcess(folder / "fork_server.log")
        async with asyncio.TaskGroup() as starting:
            starting.create_task(opened.enter_async_context(hosts))
            lanes = [
                starting.create_task(_open_lane(opened, _make(folder / f"lane-{number}"), hosts))
                for number in range(count)
            ]
        yield [lane.result() for lane in lanes]


async def _open_lane(opened: AsyncExitStack, folder: Path, hosts: ForkServerProcess) -> Lane:
    enter = opened.enter_async_context
    cosmos, model = await asyncio.gather(
        enter(_serve(folder, "local.cosmos", "--key", KEY, "--data", str(folder / "cosmos"))),
        enter(_serve(folder, "local.model", "--dimensions", str(DIMENSIONS))),
    )
    timeout = aiohttp.ClientTimeout(total=10)
    return Lane(
        cosmos_url=cosmos,
        model_url=model,
        proxy=await enter(ModelProxy(model)),
        hosts=hosts,
        client=await enter(build_cosmos_client(cosmos, KEY, "chaos")),
        session=await enter(aiohttp.ClientSession(timeout=timeout)),
        folder=folder,
    )


@asynccontextmanager
async def _serve(folder: Path, module: str, *options: str) -> AsyncGenerator[str]:
    """Run a server of local/ on a free port; its address."""
    log = folder / f"{module}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            "--port",
            "0",
            "--exit-with-parent",
            *options,
            cwd=_ROOT,
            stdin=PIPE,
            stderr=output,
        )
    try:
        yield await _find_address(log, process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _find_address(log: Path, process: Process) -> str:
    while True:
        found = _LISTENS.search(_read(log))
        if found:
            return found[1]
        assert process.returncode is None, f"a server has ended:\n{_read(log)}"
        await asyncio.sleep(0.02)


def _make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _read(log: Path) -> str:
    return log.read_text(errors="replace")
