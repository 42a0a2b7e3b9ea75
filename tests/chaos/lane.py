"""The servers that one seed at a time uses: Cosmos DB, the model and its proxy, the fork server."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from azure.cosmos.aio import CosmosClient

from tests.chaos.hosts import ForkServerProcess
from tests.chaos.model_proxy import ModelProxy

# base64 of nothing secret
KEY = "bm90IGEgc2VjcmV0"
DIMENSIONS = 64
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

    async def order(self, url: str, path: str, order: Any) -> bool:
        """Ask a server for something; whether it said yes."""
        async with self.session.post(f"{url}{path}", json=order) as reply:
            return reply.ok

    async def end_faults(self) -> int:
        """Take all faults out of force; how many calls they struck."""
        struck = self.proxy.lost
        self.proxy.lose_replies({})
        for url in (self.cosmos_url, self.model_url):
            async with self.session.get(f"{url}/_faults") as reply:
                found = await reply.json()
            rules = found["faults"] if isinstance(found, dict) else found
            struck += sum(rule["fired"] for rule in rules)
            async with self.session.delete(f"{url}/_faults"):
                pass
        return struck


@asynccontextmanager
async def open_lane(folder: Path) -> AsyncGenerator[Lane]:
    """Start the servers, with data and logs in an empty folder; they end with the block."""
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        cosmos, model, hosts = await asyncio.gather(
            enter(
                _serve(
                    folder / "cosmos.log",
                    r"listening on (http://[\d.:]+)",
                    "local.cosmos",
                    "--data",
                    str(folder / "cosmos"),
                    "--key",
                    KEY,
                )
            ),
            enter(
                _serve(
                    folder / "model.log",
                    r"listens on (http://[\d.:]+)",
                    "local.model",
                    "--dimensions",
                    str(DIMENSIONS),
                )
            ),
            enter(ForkServerProcess(folder / "fork_server.log")),
        )
        timeout = aiohttp.ClientTimeout(total=10)
        yield Lane(
            cosmos_url=cosmos,
            model_url=model,
            proxy=await enter(ModelProxy(model)),
            hosts=hosts,
            client=await enter(CosmosClient(cosmos, KEY, user_agent_suffix="chaos")),
            session=await enter(aiohttp.ClientSession(timeout=timeout)),
            folder=folder,
        )


@asynccontextmanager
async def _serve(log: Path, pattern: str, module: str, *options: str) -> AsyncGenerator[str]:
    """Run a server of local/ on a free port; its address."""
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
        yield await _find_line(log, pattern, process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _find_line(log: Path, pattern: str, process: Process) -> str:
    async with asyncio.timeout(60):
        while True:
            found = _search(log, pattern)
            if found:
                return found
            assert process.returncode is None, f"a server has ended; see {log}"
            await asyncio.sleep(0.02)


def _search(log: Path, pattern: str) -> str:
    found = re.search(pattern, log.read_text())
    return found[1] if found else ""
