"""The hosts of a seed: each is started again when it dies, as its plan says, until the calm."""

import asyncio
import itertools
import shutil
import signal
from collections import Counter
from pathlib import Path

from tests.chaos.event_log import EventLog
from tests.chaos.hosts import Host
from tests.chaos.lane import DIMENSIONS, KEY, Lane
from tests.chaos.launches import Launch
from tests.chaos.schedule import HostPlan, Schedule
from tests.chaos.store import DATABASE, container_name
from tests.chaos.struck import name_end

_LAST = HostPlan(owner="durable")


class HostBrokenError(Exception):
    """A host ended by itself, and nobody had ordered that."""


class HostSlots:
    """One place for each host of the schedule, with a data folder of its own."""

    def __init__(
        self, lane: Lane, schedule: Schedule, folder: Path, log: EventLog, mutant: str | None
    ) -> None:
        self._lane = lane
        self._schedule = schedule
        self._folder = folder
        self._log = log
        self._mutant = mutant
        self._environment = _make_environment(lane, schedule)
        self._running: dict[int, tuple[Host, HostPlan]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._calm = folder / "calm"
        self.struck: Counter[str] = Counter()

    def start(self) -> None:
        """Start every host, and start it again whenever it ends."""
        numbers = range(len(self._schedule.starts))
        self._tasks = [asyncio.create_task(self._keep(number)) for number in numbers]

    async def wait_for_first(self) -> None:
        """Wait until a host listens, or the first has died already."""
        while not self.struck:
            self.check()
            for host, _ in list(self._running.values()):
                if await host.find_url():
                    return
            await asyncio.sleep(0.02)

    def find(self, number: int) -> Host | None:
        """The host that has this number now."""
        found = self._running.get(number)
        return found[0] if found else None

    async def calm_down(self) -> None:
        """From here on hosts own the processing and stay; those to be left dead are killed."""
        self._calm.touch()
        for number, (host, plan) in list(self._running.items()):
            is_to_die = number in self._schedule.left_dead
            if is_to_die or plan.owner == "inprocess":
                self._log.add("kill", host=number, for_good=is_to_die)
                await host.kill()
            else:
                await host.forget_orders(self._lane.session)
                # Everything once more: whoever has seen it all must not count it again.
                everything = {"batches": 1_000, "seed": self._schedule.seed}
                await host.order(self._lane.session, "/admin/rehearsal/redeliver", everything)

    async def stop(self) -> None:
        """Kill them all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for host, _ in self._running.values():
            await host.kill()

    def check(self) -> None:
        """Raise what has gone wrong with a host."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def _keep(self, number: int) -> None:
        data = self._folder / f"host-{number}"
        log = self._folder / f"host-{number}.log"
        plans = itertools.chain(self._schedule.starts[number], itertools.repeat(_LAST))
        for start, plan in enumerate(plans):
            if start:
                await asyncio.sleep(0 if self._calm.exists() else plan.pause)
            if self._calm.exists():
                if number in self._schedule.left_dead:
                    return
                plan = _LAST
            if plan.loses_data and start:
                shutil.rmtree(data, ignore_errors=True)
                self.struck["data lost"] += 1
            data.mkdir(exist_ok=True)
            self._log.add("start", host=number, owner=plan.owner, loses_data=plan.loses_data)
            host = await self._lane.hosts.launch(
                Launch(
                    id=f"{self._lane.folder.name}-{self._schedule.seed}-{number}-{start}",
                    environment={**self._environment, "MEMORY_PROCESSOR_OWNER": plan.owner},
                    data=data,
                    log=log,
                    calm=self._calm,
                    crash_after_calls=plan.crash_after_calls,
                    crash_with_reply=plan.crash_with_reply,
                    skew=self._schedule.skews[number],
                    mutant=self._mutant,
                )
            )
            self._running[number] = (host, plan)
            await host.ended.wait()
            del self._running[number]
            end = name_end(host.read_log(), host.signalled)
            self.struck[end] += 1
            self._log.add("end", host=number, status=host.status, of=end)
            if host.status not in (-signal.SIGKILL, -signal.SIGTERM, 0):
                raise HostBrokenError(f"host {number} ended with {host.status}; see {log}")


def _make_environment(lane: Lane, schedule: Schedule) -> dict[str, str]:
    return {
        "COSMOS_DB_ENDPOINT": lane.cosmos_url,
        "COSMOS_DB_KEY": KEY,
        "COSMOS_DB_DATABASE": DATABASE,
        "COSMOS_DB_TURNS_CONTAINER": container_name("turns"),
        "COSMOS_DB_LEASE_CONTAINER": container_name("leases"),
        "COSMOS_DB": f"AccountEndpoint={lane.cosmos_url};AccountKey={KEY};",
        "AI_FOUNDRY_ENDPOINT": lane.proxy.url,
        "AI_FOUNDRY_API_KEY": "none",
        "AI_FOUNDRY_EMBEDDING_DIMENSIONS": str(DIMENSIONS),
        **schedule.settings,
    }
