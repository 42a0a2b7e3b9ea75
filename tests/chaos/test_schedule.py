"""A seed fixes the faults, and the seeds together bring every kind of them."""

from collections import Counter

from tests.chaos.events import LATE_SECONDS
from tests.chaos.schedule import make_schedule
from tests.chaos.workload import LIFETIME, all_numbers, unique_number

SEEDS = range(1, 201)
KINDS = {
    "write",
    "update",
    "delete",
    "cosmos fault",
    "model fault",
    "kill",
    "stop",
    "freeze",
    "crash",
    "delay",
    "redeliver",
    "drop",
    "split",
    "backfill",
    "retry",
    "count elsewhere",
    "replace container",
}

# They go on when the trouble is over.
AFTER_IT = {"write", "backfill", "retry", "count elsewhere", "replace container"}


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert make_schedule(7) == make_schedule(7)
    assert make_schedule(7) != make_schedule(8)


def test_two_hundred_seeds_have_every_kind_of_trouble() -> None:
    schedules = [make_schedule(seed) for seed in SEEDS]
    kinds = Counter(event.kind for schedule in schedules for event in schedule.events)
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 40
    rules = Counter(
        (event.kind, event.detail.get("status") or event.detail["kind"])
        for schedule in schedules
        for event in schedule.events
        if event.kind in ("cosmos fault", "model fault")
    )
    for fault in (401, 403, 408, 429, 503, "reset", "lose_reply", "delay"):
        assert rules["cosmos fault", fault]
    for fault in (429, 503, "timeout", "reset", "lose_reply", "content_filter"):
        assert rules["model fault", fault]
    starts = [plan for each in schedules for plans in each.starts for plan in plans]
    assert {plan.owner for plan in starts} == {"durable", "inprocess", ""}
    assert any(plan.loses_data for plan in starts)
    assert any(plan.crash_after_calls for plan in starts)
    assert {len(schedule.starts) for schedule in schedules} == {1, 2}
    assert 50 <= sum(bool(each.refused) for each in schedules) <= 150
    refused = [(s, s.turns[number]) for s in schedules for number in s.refused]
    assert {turn.kind for _, turn in refused} == {"unique", "shared", "agent", "small talk"}
    assert all(all_numbers(turn.content) == {turn.number} for _, turn in refused)
    assert 20 <= sum(each.retries_at_rest for each in schedules) <= 80
    expiring = [any(turn.is_short_lived for turn in each.turns) for each in schedules]
    assert 50 <= sum(expiring) <= 150
    untold = [any(not turn.has_ttl for turn in each.turns) for each in schedules]
    assert 50 <= sum(untold) <= 180
    assert 50 <= sum(each.default_ttl > LIFETIME for each in schedules) <= 150


def test_every_turn_is_written_once_and_trouble_ends_with_the_storm() -> None:
    for seed in SEEDS:
        schedule = make_schedule(seed)
        written = [
            number
            for event in schedule.events
            if event.kind == "write"
            for number in event.detail["turns"]
        ]
        assert sorted(written) == [turn.number for turn in schedule.turns]
        assert 20 <= len(written) <= 60
        for event in schedule.events:
            late = LATE_SECONDS if event.kind in AFTER_IT else 0
            assert 0 <= event.at <= schedule.storm_seconds + late


def test_turns_can_be_told_apart_by_their_ids_and_by_what_they_say() -> None:
    for seed in SEEDS:
        turns = make_schedule(seed).turns
        assert len({turn.key for turn in turns}) == len(turns)
        for turn in turns:
            if turn.kind == "unique":
                assert turn.fact is not None
                assert unique_number(turn.content) == unique_number(turn.fact) == turn.number
