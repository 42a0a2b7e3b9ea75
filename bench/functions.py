"""How fast the local Functions host runs orchestrations: ./dev bench functions [--quick] [--json]

One host process (app, engine and durable clients in it) on a folder that is gone afterwards, driven
over HTTP by this process. Each orchestration is a fan-out of three activities that do nothing.
First with its state in --data, where nothing is acted upon before it survives kill -9; then in
memory. A start by a client is part of the first figure (gRPC, both ends of it in the host);
sub-orchestrations are started by none. Where the machine does other work too, compare CPU times.
"""

import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.command_line import bench_parser, run_bench
from bench.figures import Figure
from bench.server import MeasuredServer, running_server

APP = Path(__file__).parent / "functions_app"
INSTANCES = "/runtime/webhooks/durabletask/instances"


@dataclass(frozen=True)
class Sizes:
    burst: int = 2_000
    fan_outs: int = 300
    endurance: int = 20_000


QUICK = Sizes(burst=200, fan_outs=30, endurance=2_000)


class MeasuredHost:
    """A running host: calls of its app, and what it costs."""

    def __init__(self, session: aiohttp.ClientSession, server: MeasuredServer) -> None:
        self._session = session
        self.server = server

    async def call(self, method: str, path: str, body: str = "") -> Any:
        async with self._session.request(method, path, data=body) as response:
            text = await response.text()
            if response.status != 200:
                raise RuntimeError(f"{method} {path} was answered {response.status}: {text}")
            return json.loads(text)

    async def burst(self, prefix: str, count: int) -> dict[str, float]:
        """Run many orchestrations; all must complete."""
        timing = await self.call("POST", f"/api/burst/{prefix}/{count}")
        purged = 0
        while purged < count:
            purged += int(await self.call("POST", "/api/purge"))
        return timing


@asynccontextmanager
async def running_host(data: Path | None) -> AsyncIterator[MeasuredHost]:
    """Start local.functions with the measured app; `data` as its --data, or in memory."""
    arguments = ("--app", str(APP), *(("--data", str(data)) if data else ()))
    ready = r"Ready: (http://[^ /]+)"
    timeout = aiohttp.ClientTimeout(600)
    async with (
        running_server("local.functions", *arguments, ready=ready) as server,
        aiohttp.ClientSession(server.url, timeout=timeout) as session,
    ):
        yield MeasuredHost(session, server)


async def measure(sizes: Sizes, data: Path | None) -> list[Figure]:
    """All figures of one host; `data` as its --data, or in memory."""
    where = "--data" if data else "memory"
    async with running_host(data) as host:
        await host.burst("warm-up", 100)
        latencies = await host.call("POST", "/api/one", str(sizes.fan_outs))
        await host.call("POST", "/api/purge")
        before = host.server.cpu_seconds()
        timing = await host.burst("burst", sizes.burst)
        cpu = (host.server.cpu_seconds() - before) / sizes.burst * 1e6
        before = host.server.cpu_seconds()
        family_seconds = await host.call("POST", f"/api/family/{sizes.burst}")
        family_cpu = (host.server.cpu_seconds() - before) / sizes.burst * 1e6
        await host.call("POST", "/api/purge")
        base = host.server.megabytes()
        for part in range(10):
            await host.burst(f"endurance{part}", sizes.endurance // 10)
        growth = host.server.megabytes() - base
    method = f"{sizes.burst} of 3 activities started at once, state in {where}"
    one = f"{sizes.fan_outs} of 3 activities, one at a time, start to completion, {where}"
    family = f"{sizes.burst} of 3 activities as children of {sizes.burst // 50}, {where}"
    return [
        Figure("started by a client", sizes.burst / timing["done"], "/s", ">= 500", method),
        Figure("- host CPU", cpu, "us each", "", method),
        Figure("- threads", timing["threads"], "", "", method),
        Figure("sub-orchestrations", sizes.burst / family_seconds, "/s", ">= 500", family),
        Figure("- sub host CPU", family_cpu, "us each", "", family),
        Figure("fan-out p50", statistics.median(latencies), "ms", "<= 10", one),
        Figure("fan-out p95", statistics.quantiles(latencies, n=20)[-1], "ms", "", one),
        Figure(
            "memory growth",
            growth,
            "MB",
            "flat",
            f"over {sizes.endurance} orchestrations, purged after each tenth, {where}",
        ),
    ]


async def measure_both(sizes: Sizes) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        stored = await measure(sizes, Path(folder))
    return [*stored, *await measure(sizes, None)]


def main() -> int:
    parser = bench_parser("functions", __doc__)
    return run_bench(parser, "local/functions, host and load", measure_both, Sizes(), QUICK)


if __name__ == "__main__":
    sys.exit(main())
