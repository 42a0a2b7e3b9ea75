"""How long the Cosmos DB trigger takes: ./dev bench trigger [--quick] [--json]

The app's own counting, as the trigger calls it, on a local Cosmos DB that is told to take 5 ms
longer for every operation. First turns of new threads cost more than turns of known ones, so both
are measured; nothing is started, as that is Durable Functions' part.
"""

import json
import statistics
import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

from bench.command_line import bench_parser, run_bench
from bench.figures import Figure
from bench.server import running_cosmos
from local.cosmos.auth import DEFAULT_KEY
from local.stack.containers import create_store, load_description
from shared.adapters.cosmos_client import build_cosmos_client
from shared.adapters.cosmos_counting import CosmosCounting
from shared.adapters.cosmos_dead_letters import CosmosDeadLetterBox
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.adapters.cosmos_turn_inventory import CosmosTurnInventory
from shared.domain.thread_state import Cadence
from shared.services.container_lifetime import ContainerLifetime
from shared.services.count_turns import CountTurns
from shared.services.record_uncounted import RecordUncounted
from shared.wiring import SystemClock

CADENCE = Cadence(extract_every=5, summarize_every=10, profile_every=20)
USERS = 100
DELAY_SECONDS = 0.005


@dataclass(frozen=True)
class Sizes:
    batches: int = 40


QUICK = Sizes(batches=8)


class TriggerBench:
    """Batches of one turn for each of many users."""

    def __init__(self, url: str, counting: CountTurns) -> None:
        self._url = url.rstrip("/")
        self._counting = counting

    async def run(self, sizes: Sizes) -> list[Figure]:
        first = [await self._deliver(f"new-{batch}", 0) for batch in range(sizes.batches)]
        known = [await self._deliver("new-0", number) for number in range(1, sizes.batches + 1)]
        first_requests = await self._count_requests("counted", 0)
        known_requests = await self._count_requests("counted", 1)
        method = f"{sizes.batches} batches of a turn of each of {USERS} users, 5 ms an operation"
        return [
            Figure("new threads, p95", _p95(first), "ms", "<= 500", method),
            Figure("known threads, p95", _p95(known), "ms", "<= 500", method),
            Figure("known threads, p50", statistics.median(known), "ms", "", method),
            Figure("new threads", first_requests, "requests a turn", "", "one batch"),
            Figure(
                "known threads", known_requests, "requests a turn", "<= 4", "one batch, counted"
            ),
        ]

    async def _count_requests(self, group: str, number: int) -> float:
        self._ask("POST", "/_stats/reset")
        await self._deliver(group, number)
        return sum(row["count"] for row in self._ask("GET", "/_stats")["requests"]) / USERS

    async def _deliver(self, group: str, number: int) -> float:
        """Milliseconds that a batch takes; all of it must be counted."""
        batch = [_turn(f"{group}-{user}", number) for user in range(USERS)]
        started = time.perf_counter()
        report = await self._counting.run(batch)
        taken = (time.perf_counter() - started) * 1000
        if report.counted != USERS:
            raise RuntimeError(f"{report.counted} of {USERS} threads were counted")
        return taken

    def slow_down(self) -> None:
        """Have every data operation answered later."""
        fault = {"kind": "delay", "seconds": DELAY_SECONDS, "count": None}
        self._ask("POST", "/_faults", fault)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self._url + path, data, method=method)
        with urllib.request.urlopen(request) as reply:
            text = reply.read()
        return json.loads(text) if text else None


def _turn(user: str, number: int) -> dict[str, Any]:
    ids = {"id": f"turn-{number}", "user_id": user, "thread_id": "thread"}
    return {**ids, "type": "turn", "_ts": 1_700_000_000 + number, "_lsn": number}


def _p95(milliseconds: list[float]) -> float:
    return statistics.quantiles(milliseconds, n=20)[-1]


async def measure(sizes: Sizes) -> list[Figure]:
    async with running_cosmos() as server:
        await create_store(server.url, DEFAULT_KEY, 8)
        async with build_cosmos_client(server.url, DEFAULT_KEY, "bench") as client:
            database = client.get_database_client(load_description().database)
            container = database.get_container_client(load_description().name_of("counters"))
            turns = database.get_container_client(load_description().name_of("turns"))
            clock = SystemClock()
            threads = CosmosThreadLog(container, CosmosCounting(container, clock))
            lifetime = ContainerLifetime(CosmosTurnInventory(turns), clock)
            uncounted = RecordUncounted(CosmosDeadLetterBox(container), clock, 86_400)
            counting = CountTurns(threads, uncounted, lifetime, clock, CADENCE)
            bench = TriggerBench(server.url, counting)
            bench.slow_down()
            return await bench.run(sizes)


def main() -> int:
    parser = bench_parser("trigger", __doc__)
    return run_bench(parser, "counting of a trigger's batch", measure, Sizes(), QUICK)


if __name__ == "__main__":
    sys.exit(main())
