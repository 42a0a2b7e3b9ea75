"""One seed from start to end: the storm, the calm, the wait for rest, the check."""

import asyncio
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.event_log import EventLog
from tests.chaos.host_slots import HostBrokenError, HostSlots
from tests.chaos.invariants import Violation, find_unrest, find_violations
from tests.chaos.lane import Lane
from tests.chaos.schedule import Event, Schedule, make_schedule
from tests.chaos.store import DATABASE, Snapshot, Store, container_name, create_database

_POLL_SECONDS = 0.1
# Longer than any pause of the app or the host within a seed, on a machine that is busy.
PATIENCE_SECONDS = 15.0
_LONGEST_SECONDS = 90.0


@dataclass(frozen=True)
class SeedResult:
    """What a seed has shown; `evidence` is the folder of its logs, kept if it has failed."""

    seed: int
    turns: int
    faults: int
    seconds: float
    violations: list[Violation]
    evidence: Path | None


async def run_seed(
    lane: Lane, seed: int, mutant: str | None = None, *, patience: float = PATIENCE_SECONDS
) -> SeedResult:
    """Run the schedule of a seed on a lane; see run_schedule."""
    return await run_schedule(lane, make_schedule(seed), mutant, patience=patience)


async def run_schedule(
    lane: Lane, schedule: Schedule, mutant: str | None = None, *, patience: float = PATIENCE_SECONDS
) -> SeedResult:
    """Storm, calm, rest, check; what has not moved for `patience` seconds counts as stuck."""
    log = EventLog()
    folder = lane.folder / "-".join(["seed", str(schedule.seed), *([mutant] if mutant else [])])
    folder.mkdir()
    store = await create_database(lane)
    lane.proxy.begin(schedule.seed, schedule.thinking_seconds)
    slots = HostSlots(lane, schedule, folder, log, mutant)
    storm = _Storm(lane, schedule, store, slots, log)
    began = time.monotonic()
    slots.start()
    try:
        await storm.blow()
        storm.faults += await lane.end_faults()
        log.add("calm")
        await slots.calm_down()
        await _wait_for_rest(store, slots, log, patience)
        snapshot = await store.look(whole=True)
        violations = find_violations(snapshot, store.written.values(), store.living)
    except HostBrokenError as error:
        snapshot = await store.look(whole=True)
        violations = [Violation("stuck", str(error))]
    finally:
        await lane.end_faults()
        await slots.stop()
    log.add("end of the seed")
    if violations:
        _keep_evidence(folder, log, snapshot, violations)
    else:
        shutil.rmtree(folder)
    return SeedResult(
        seed=schedule.seed,
        turns=len(store.written),
        faults=storm.faults + slots.crashes,
        seconds=time.monotonic() - began,
        violations=violations,
        evidence=folder if violations else None,
    )


class _Storm:
    """Carries the events of a schedule out, each at its time."""

    def __init__(
        self, lane: Lane, schedule: Schedule, store: Store, slots: HostSlots, log: EventLog
    ) -> None:
        self._lane = lane
        self._schedule = schedule
        self._store = store
        self._slots = slots
        self._log = log
        self._frozen: list[asyncio.Task[None]] = []
        self.faults = 0

    async def blow(self) -> None:
        """Let everything happen; returns when the storm is over."""
        await self._slots.wait_for_first()
        loop = asyncio.get_running_loop()
        began = loop.time()
        for event in self._schedule.events:
            await asyncio.sleep(began + event.at - loop.time())
            self._slots.check()
            done = await self._carry_out(event)
            self._log.add(event.kind, done=done, **event.detail)
        await asyncio.sleep(began + self._schedule.storm_seconds - loop.time())
        await asyncio.gather(*self._frozen)

    async def _carry_out(self, event: Event) -> int:
        """How often the event came to pass."""
        detail = event.detail
        if event.kind in ("write", "update", "delete"):
            return await self._change_turns(event)
        if event.kind == "cosmos fault":
            return await self._lane.order(self._lane.cosmos_url, "/_faults", detail)
        if event.kind == "model fault":
            return await self._order_model_fault(detail)
        if event.kind == "split":
            order = {"database": DATABASE, "container": container_name(detail["container"])}
            done = await self._lane.order(self._lane.cosmos_url, "/_split", order)
        else:
            done = await self._trouble_host(event.kind, dict(detail))
        self.faults += done
        return done

    async def _change_turns(self, event: Event) -> int:
        turns = [self._schedule.turns[number] for number in event.detail["turns"]]
        if event.kind == "write":
            await self._store.write(turns)
            return len(turns)
        change = self._store.update if event.kind == "update" else self._store.delete
        changed = await change(turns)
        self.faults += changed
        return changed

    async def _order_model_fault(self, rule: dict[str, Any]) -> bool:
        if rule["kind"] == "lose_reply":
            self._lane.proxy.lose_replies(rule)
            return True
        return await self._lane.order(self._lane.model_url, "/_faults", rule)

    async def _trouble_host(self, kind: str, detail: dict[str, Any]) -> bool:
        host = self._slots.find(detail.pop("host"))
        if host is None:
            return False
        if kind == "kill":
            await host.kill()
            return False  # counted as a crash
        if kind == "stop":
            await host.stop()
            return False  # likewise
        if kind == "freeze":
            self._frozen.append(asyncio.create_task(host.freeze(detail["seconds"])))
            return True
        return await host.post(self._lane.session, f"/admin/rehearsal/{kind}", detail)


async def _wait_for_rest(store: Store, slots: HostSlots, log: EventLog, patience: float) -> None:
    """Wait until nothing is left to do, or nothing has changed for too long."""
    started = changed = time.monotonic()
    before = ""
    while True:
        slots.check()
        snapshot = await store.look()
        unrest = find_unrest(snapshot, store.living)
        if not unrest:
            return
        now, state = time.monotonic(), _fingerprint(snapshot)
        if state != before:
            before, changed = state, now
            log.add("waiting", first=str(unrest[0]), open=len(unrest))
        if now - changed > patience or now - started > _LONGEST_SECONDS:
            return
        await asyncio.sleep(_POLL_SECONDS)


def _fingerprint(snapshot: Snapshot) -> str:
    """The versions of all documents but the sweeper's own mark, which always moves."""
    marks = (f"{each['_rid']}{each['_etag']}" for each in snapshot.counters)
    return "".join(
        sorted(
            mark
            for mark, each in zip(marks, snapshot.counters, strict=True)
            if each.get("type") != "scan_mark"
        )
    )


def _keep_evidence(
    folder: Path, log: EventLog, snapshot: Snapshot, violations: list[Violation]
) -> None:
    log.write(folder / "events.jsonl")
    (folder / "violations.txt").write_text("".join(f"{each}\n" for each in violations))
    kept = {"counters": snapshot.counters, "memories": snapshot.memories}
    text = json.dumps(kept | {"summaries": snapshot.summaries}, ensure_ascii=False, indent=1)
    (folder / "store.json").write_text(text, encoding="utf-8")
