"""The faults of a seed, in time: the seed fixes them, the interleaving is the machine's."""

from dataclasses import dataclass
from random import Random
from typing import Any

from local.functions.rehearsal import POINTS
from tests.chaos.events import LATE_SECONDS, Event
from tests.chaos.fault_rules import (
    draw_cosmos_rule,
    draw_denials,
    draw_latency_rule,
    draw_model_rule,
)
from tests.chaos.refusals import draw_refused, draw_refused_others, sign_refused
from tests.chaos.requests import draw_backfills, draw_retries
from tests.chaos.workload import (
    LIFETIME,
    PlannedTurn,
    leave_lives_to_container,
    plan_turns,
    shorten_lives,
)

_TROUBLE = {
    "cosmos fault": 6,
    "model fault": 3,
    "kill": 3,
    "stop": 1,
    "freeze": 2,
    "crash": 2,
    "delay": 1,
    "redeliver": 2,
    "drop": 2,
    "split": 1,
}
_CONTAINERS = ("turns", "turns", "counters", "memories", "summaries")
_OWNERS = ("durable", "durable", "", "inprocess")


@dataclass(frozen=True)
class HostPlan:
    """How a host is started for the n-th time; see Launch."""

    owner: str = "durable"
    crash_after_calls: int | None = None
    crash_with_reply: bool = False
    loses_data: bool = False
    pause: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """Everything that the seed fixes.

    `starts` are the plans for each host's first starts in the storm; later ones have nothing
    special. Hosts in `left_dead` are not started again after it; one at least is. The model takes
    up to `thinking_seconds` for an answer, and `latency` is the order for a slow Cosmos DB, which
    outlasts the storm until the last turn is written. It refuses prompts with the turns `refused`;
    with `retries_at_rest` it accepts half of them only when everything is at rest, and then all
    dead letters are tried again. `default_ttl` is the turns container's, in seconds.
    """

    seed: int
    turns: list[PlannedTurn]
    events: list[Event]
    starts: list[list[HostPlan]]
    left_dead: frozenset[int]
    skews: list[float]
    settings: dict[str, str]
    storm_seconds: float
    thinking_seconds: float = 0.0
    latency: dict[str, Any] | None = None
    refused: frozenset[int] = frozenset()
    default_ttl: int = LIFETIME
    retries_at_rest: bool = False


def make_schedule(seed: int) -> Schedule:
    """The schedule of a seed; the same seed gives the same schedule."""
    draw = Random(f"chaos {seed}")
    storm = draw.uniform(2.0, 4.0)
    turns = plan_turns(
        draw, draw.randint(20, 60), users=draw.randint(1, 3), threads=draw.randint(1, 3)
    )
    hosts = draw.choice((1, 2, 2))
    refused = draw_refused(Random(f"refusals {seed}"), turns)
    if refused:
        refused += draw_refused_others(Random(f"more refusals {seed}"), turns)
        turns = sign_refused(turns, refused)
    retries_at_rest = bool(refused) and Random(f"retries at rest {seed}").random() < 0.4
    accepted = refused[: len(refused) // 2] if retries_at_rest else refused
    writes = _draw_writes(draw, turns, storm + LATE_SECONDS, draw.randint(12, 24))
    events = [
        *writes,
        *_draw_changes(draw, turns, storm),
        *_draw_replacement(Random(f"replacement {seed}"), turns, storm),
        *_draw_foreign_counts(Random(f"foreign counts {seed}"), writes),
        *(_draw_trouble(draw, hosts, storm) for _ in range(draw.randint(8, 16))),
        *draw_denials(Random(f"denials {seed}"), storm),
        *draw_backfills(Random(f"backfills {seed}"), hosts, storm),
        *draw_retries(Random(f"retries {seed}"), hosts, storm, accepted),
    ]
    lives = Random(f"container lifetimes {seed}")
    is_replaced = any(event.kind == "replace container" for event in events)
    default_ttl = LIFETIME if is_replaced else lives.choice((LIFETIME, 12 * LIFETIME))
    turns = shorten_lives(Random(f"lifetimes {seed}"), turns)
    return Schedule(
        seed=seed,
        refused=frozenset(refused),
        retries_at_rest=retries_at_rest,
        turns=leave_lives_to_container(lives, turns, default_ttl),
        default_ttl=default_ttl,
        events=sorted(events, key=lambda event: event.at),
        starts=[[_draw_start(draw) for _ in range(12)] for _ in range(hosts)],
        left_dead=frozenset([1]) if hosts == 2 and draw.random() < 0.4 else frozenset(),
        skews=[draw.choice((0.0, 0.0, draw.uniform(-0.8, 0.8))) for _ in range(hosts)],
        settings=_draw_settings(draw),
        storm_seconds=storm,
        thinking_seconds=draw.choice((0.0, 0.3, 0.6, 0.8)),
        latency=draw_latency_rule(draw),
    )


def make_kill_schedule(seed: int, count: int, kills: int) -> Schedule:
    """So many turns, while the only host is killed again and again at random moments."""
    draw = Random(f"kills {seed}")
    storm = kills * 1.0
    turns = plan_turns(draw, count, users=4, threads=4)
    moments = (draw.uniform(0.3, storm) for _ in range(kills))
    events = [
        *_draw_writes(draw, turns, 0.8 * storm, bursts=100),
        *(Event(at, "kill", {"host": 0}) for at in moments),
    ]
    return Schedule(
        seed=seed,
        turns=turns,
        events=sorted(events, key=lambda event: event.at),
        starts=[[]],
        left_dead=frozenset(),
        skews=[0.0],
        settings=_draw_settings(draw),
        storm_seconds=storm,
    )


def _draw_writes(draw: Random, turns: list[PlannedTurn], storm: float, bursts: int) -> list[Event]:
    """The turns in bursts, each at its moment."""
    moments = sorted(draw.uniform(0, storm) for _ in range(bursts))
    cuts = sorted(draw.randint(0, len(turns)) for _ in range(bursts - 1))
    return [
        Event(at, "write", {"turns": list(range(first, last))})
        for at, first, last in zip(moments, [0, *cuts], [*cuts, len(turns)], strict=True)
        if first < last
    ]


def _draw_changes(draw: Random, turns: list[PlannedTurn], storm: float) -> list[Event]:
    """Updates and deletions; those of turns that are not written yet do nothing."""
    numbers = range(len(turns))
    updates = [
        Event(draw.uniform(0.3, storm), "update", {"turns": draw.sample(numbers, 5)})
        for _ in range(draw.randint(1, 4))
    ]
    deletions = [
        Event(draw.uniform(0.2, storm), "delete", {"turns": [draw.choice(numbers)]})
        for _ in range(draw.randint(0, 3))
    ]
    return updates + deletions


def _draw_replacement(draw: Random, turns: list[PlannedTurn], storm: float) -> list[Event]:
    """In every fourth seed the turns container is created anew, and some turns are restored."""
    if draw.random() < 0.75:
        return []
    numbers = range(len(turns))
    restored = draw.sample(numbers, draw.randint(0, len(turns)))
    at = draw.uniform(0.5 * storm, storm + 0.5 * LATE_SECONDS)
    return [Event(at, "replace container", {"turns": sorted(restored)})]


def _draw_foreign_counts(draw: Random, writes: list[Event]) -> list[Event]:
    """In every other seed an in-process client counts what it has written, and then the app too."""
    if draw.random() < 0.5:
        return []
    counted = draw.sample(writes, draw.randint(len(writes) // 2, len(writes)))
    return [
        Event(write.at, "count elsewhere", {"turns": write.detail["turns"][:3]})
        for write in counted
    ]


def _draw_trouble(draw: Random, hosts: int, storm: float) -> Event:
    at, host = draw.uniform(0.1, storm), draw.randrange(hosts)
    [kind] = draw.choices(list(_TROUBLE), list(_TROUBLE.values()))
    detail: dict[str, Any] = {"host": host}
    match kind:
        case "cosmos fault":
            detail = draw_cosmos_rule(draw)
        case "model fault":
            detail = draw_model_rule(draw)
        case "crash":
            detail |= {"point": draw.choice(POINTS), "skip": draw.randint(0, 6)}
        case "delay":
            detail |= {"point": draw.choice(POINTS), "milliseconds": draw.randint(20, 300)}
        case "freeze":
            detail |= {"seconds": draw.uniform(0.3, 2.5)}
        case "redeliver":
            detail |= {"batches": draw.randint(1, 20), "seed": draw.randrange(1_000)}
        case "drop":
            detail |= {"batches": draw.randint(1, 3)}
        case "split":
            detail = {"container": draw.choice(_CONTAINERS)}
        case _:
            pass
    return Event(at, kind, detail)


def _draw_start(draw: Random) -> HostPlan:
    return HostPlan(
        owner=draw.choice(_OWNERS),
        crash_after_calls=draw.randint(1, 300) if draw.random() < 0.4 else None,
        crash_with_reply=draw.random() < 0.5,
        loses_data=draw.random() < 0.25,
        pause=draw.choice((0.0, 0.0, draw.uniform(0.1, 0.8))),
    )


def _draw_settings(draw: Random) -> dict[str, str]:
    """The app's cadences, and its pauses made short."""
    cadences = {
        "FACT_EXTRACTION_EVERY_N": draw.choice((1, 2, 3, 5, 5)),
        "THREAD_SUMMARY_EVERY_N": draw.choice((2, 5, 10)),
        "USER_SUMMARY_EVERY_N": draw.choice((3, 8, 20)),
        "DEDUP_EVERY_N": draw.choice((1, 2, 5)),
        "MEMORY_KNOWN_FACTS": draw.choice((0, 5, 20)),
        # Chunks are given up after a second of failures; sweeps are cut short; histories purged.
        "MEMORY_RETRY_HORIZON_SECONDS": draw.choice((1, 86_400, 86_400)),
        "MEMORY_SWEEP_STARTS": draw.choice((1, 3, 200)),
        "MEMORY_SCAN_BUDGET_SECONDS": draw.choice((0.05, 20)),
        "MEMORY_HISTORY_SECONDS": draw.choice((1, 86_400)),
    }
    return {name: str(value) for name, value in cadences.items()} | {
        "MEMORY_IDLE_FLUSH_SECONDS": "0.8",
        "MEMORY_IDLE_SUMMARY_SECONDS": "1.5",
        "MEMORY_SWEEP_SCHEDULE": "* * * * * *",
        "MEMORY_SCAN_GRACE_SECONDS": "1",
        # Every other sweep looks for deleted turns; of a few turns any share may be deleted.
        "MEMORY_VANISHED_CHECK_SECONDS": "1.5",
        "MEMORY_VANISHED_LIMIT": "1",
        "MEMORY_SCAN_OVERLAP_SECONDS": "3",
        "MEMORY_STALE_SECONDS": draw.choice(("0.2", "1", "1.5")),
        "MEMORY_BACKFILL_TURNS_PER_MINUTE": "6000",
        "MEMORY_RETRY_FIRST_SECONDS": "0.05",
        "MEMORY_RETRY_ATTEMPTS": "4",
        "MEMORY_DEFER_SECONDS": "0.3",
        "MEMORY_MODEL_TIMEOUT_SECONDS": "1",
        "LOCAL_FUNCTIONS_LEASES_OF_DEAD_PROCESSES": draw.choice(("take", "wait")),
    }
