"""The events of a schedule, each at its time: the storm, and what is written after it."""

import asyncio
from collections import Counter
from typing import Any

from tests.chaos.event_log import EventLog
from tests.chaos.events import Event
from tests.chaos.host_slots import HostSlots
from tests.chaos.lane import Lane
from tests.chaos.schedule import Schedule
from tests.chaos.store import DATABASE, Store, container_name

_CHANGES = ("write", "update", "delete", "count elsewhere", "replace container")


class Storm:
    """Carries the events of a schedule out, each at its time."""

    def __init__(
        self, lane: Lane, schedule: Schedule, store: Store, slots: HostSlots, log: EventLog
    ) -> None:
        self._lane = lane
        self._schedule = schedule
        self._store = store
        self._slots = slots
        self._log = log
        self._began = 0.0
        self._frozen: list[asyncio.Task[None]] = []
        self.struck: Counter[str] = Counter()

    async def blow(self) -> None:
        """Let everything happen; returns when the storm is over."""
        await self._slots.wait_for_first()
        await self._slow_down()
        self._began = asyncio.get_running_loop().time()
        events, end = self._schedule.events, self._schedule.storm_seconds
        await self._carry_out_all([event for event in events if event.at < end])
        await self._wait_until(end)
        await asyncio.gather(*self._frozen)

    async def abate(self) -> None:
        """Let the turns come that are written after the storm."""
        await self._slow_down()
        events, end = self._schedule.events, self._schedule.storm_seconds
        await self._carry_out_all([event for event in events if event.at >= end])
        self.struck += await self._lane.end_faults()

    async def retry_all(self) -> None:
        """Let the model accept everything, and try all dead letters again."""
        refused = list(self._schedule.refused)
        done = await self._trouble_host("retry", {"host": 0, "accepted": refused})
        self._log.add("retry at rest", done=done)

    async def _slow_down(self) -> None:
        if self._schedule.latency:
            await self._lane.order(self._lane.cosmos_url, "/_faults", self._schedule.latency)

    async def _carry_out_all(self, events: list[Event]) -> None:
        for event in events:
            await self._wait_until(event.at)
            self._slots.check()
            done = await self._carry_out(event)
            self._log.add(event.kind, done=done, **event.detail)

    async def _wait_until(self, at: float) -> None:
        await asyncio.sleep(self._began + at - asyncio.get_running_loop().time())

    async def _carry_out(self, event: Event) -> int:
        """How often the event came to pass."""
        detail = event.detail
        if event.kind in _CHANGES:
            return await self._change_turns(event)
        if event.kind == "cosmos fault":
            await self._lane.order(self._lane.cosmos_url, "/_faults", detail)
            return True
        if event.kind == "model fault":
            return await self._order_model_fault(detail)
        if event.kind == "split":
            order = {"database": DATABASE, "container": container_name(detail["container"])}
            await self._lane.order(self._lane.cosmos_url, "/_split", order)
            done = True
        else:
            done = await self._trouble_host(event.kind, dict(detail))
        # Ends of hosts and dropped batches are counted where they come to pass.
        if done and event.kind not in ("kill", "stop", "crash", "drop"):
            self.struck[event.kind] += 1
        return done

    async def _change_turns(self, event: Event) -> int:
        turns = [self._schedule.turns[number] for number in event.detail["turns"]]
        if event.kind == "write":
            await self._store.write(turns)
            return len(turns)
        changes = {
            "update": self._store.update,
            "delete": self._store.delete,
            "count elsewhere": self._store.count_elsewhere,
            "replace container": self._store.replace_turns,
        }
        changed = await changes[event.kind](turns)
        if changed:
            self.struck[event.kind] += changed
        return changed

    async def _order_model_fault(self, rule: dict[str, Any]) -> bool:
        if rule["kind"] == "lose_reply":
            self._lane.proxy.lose_replies(rule)
            return True
        await self._lane.order(self._lane.model_url, "/_faults", rule)
        return True

    async def _trouble_host(self, kind: str, detail: dict[str, Any]) -> bool:
        host = self._slots.find(detail.pop("host"))
        if host is None:
            return False
        if kind == "kill":
            await host.kill()
            return True
        if kind == "stop":
            await host.stop()
            return True
        if kind == "freeze":
            self._frozen.append(asyncio.create_task(host.freeze(detail["seconds"])))
            return True
        if kind == "backfill":
            return await host.ask(self._lane.session, "/api/backfill", detail)
        if kind == "retry":
            self._lane.proxy.accept(detail["accepted"])
            return await host.ask(self._lane.session, "/api/dead-letters/retry", {"all": True})
        return await host.order(self._lane.session, f"/admin/rehearsal/{kind}", detail)
