"""One seed from start to end: the storm, the calm, the wait for rest, the check."""

import asyncio
import json
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.allowance import find_allowance
from tests.chaos.event_log import EventLog
from tests.chaos.host_slots import HostBrokenError, HostSlots
from tests.chaos.invariants import find_violations
from tests.chaos.lane import Lane
from tests.chaos.orders import RefusedOrderError
from tests.chaos.schedule import Schedule, make_schedule
from tests.chaos.store import Snapshot, Store, create_database
from tests.chaos.storm import Storm
from tests.chaos.struck import count_drops
from tests.chaos.unrest import find_unrest
from tests.chaos.violations import Violation

# A look reads all counters: seldom while much is left to do, often towards the end of it.
_POLL_SECONDS_PER_UNREST = 0.1
_LONGEST_POLL_SECONDS = 0.5
# Longer than any pause of the app or the host within a seed, on a machine that is busy.
PATIENCE_SECONDS = 15.0
_LONGEST_SECONDS = 90.0
_LONGEST_SECONDS_PER_TURN = 0.3


@dataclass(frozen=True)
class SeedResult:
    """What a seed has shown.

    `struck` counts the faults that came to pass, by kind; `evidence` is the folder of its logs,
    kept if it has failed. One that `broke` could not be carried out: that is its only violation,
    and tells nothing of the app's promises.
    """

    seed: int
    turns: int
    struck: Counter[str]
    seconds: float
    violations: list[Violation]
    evidence: Path | None
    broke: bool = False


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
    store = await create_database(lane, schedule.default_ttl)
    lane.proxy.begin(schedule.seed, schedule.thinking_seconds, schedule.refused)
    slots = HostSlots(lane, schedule, folder, log, mutant)
    storm = Storm(lane, schedule, store, slots, log)
    struck: Counter[str] = Counter()
    broke = False
    began = time.monotonic()
    slots.start()
    try:
        await storm.blow()
        struck = await lane.end_faults()
        log.add("calm")
        await slots.calm_down()
        await storm.abate()
        await _wait_for_rest(store, slots, log, patience)
        if schedule.retries_at_rest:
            await storm.retry_all()
            await _wait_for_rest(store, slots, log, patience)
        snapshot = await store.look(whole=True)
        violations = find_violations(snapshot, store.tell_fates(), find_allowance(schedule))
    except (HostBrokenError, RefusedOrderError) as error:
        snapshot = await store.look(whole=True)
        violations, broke = [Violation("stuck", str(error))], True
    finally:
        struck += await lane.end_faults()
        await slots.stop()
    struck += storm.struck + slots.struck + Counter({"drop": count_drops(folder)})
    log.add("end of the seed")
    if violations:
        _keep_evidence(folder, log, snapshot, violations)
    else:
        shutil.rmtree(folder)
    return SeedResult(
        seed=schedule.seed,
        turns=len(store.written),
        struck=struck,
        seconds=time.monotonic() - began,
        violations=violations,
        evidence=folder if violations else None,
        broke=broke,
    )


async def _wait_for_rest(store: Store, slots: HostSlots, log: EventLog, patience: float) -> None:
    """Wait until nothing is left to do, or nothing has changed for too long."""
    started = changed = time.monotonic()
    longest = _LONGEST_SECONDS + _LONGEST_SECONDS_PER_TURN * len(store.written)
    before = ""
    while True:
        slots.check()
        snapshot = await store.look()
        unrest = find_unrest(snapshot, store.tell_fates())
        if not unrest:
            return
        now, state = time.monotonic(), _fingerprint(snapshot)
        if state != before:
            before, changed = state, now
            log.add("waiting", first=str(unrest[0]), open=len(unrest))
        if now - changed > patience or now - started > longest:
            return
        await asyncio.sleep(min(_POLL_SECONDS_PER_UNREST * len(unrest), _LONGEST_POLL_SECONDS))


def _fingerprint(snapshot: Snapshot) -> str:
    """The versions of all documents but the sweeper's own marks, which always move."""
    marks = (f"{each['_rid']}{each['_etag']}" for each in snapshot.counters)
    return "".join(
        sorted(
            mark
            for mark, each in zip(marks, snapshot.counters, strict=True)
            if each.get("type") not in ("scan_mark", "vanished_walk")
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
