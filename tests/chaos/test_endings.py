"""How a turn has ended is checked: that it was processed, or why it is a dead letter."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.allowance import Allowance, find_allowance
from tests.chaos.events import Event
from tests.chaos.fates import Fates
from tests.chaos.invariants import find_violations
from tests.chaos.sample_store import TURNS, document, letter, remove, whole_store
from tests.chaos.schedule import Schedule, make_schedule
from tests.chaos.store import Snapshot
from tests.chaos.violations import Violation


def end_turn_2(snapshot: Snapshot, outcome: str) -> None:
    document(snapshot, "chunk:2").update(outcomes={"turn-2": outcome}, memory_ids=[])
    document(snapshot, "state")["outcomes"].update({"extracted": 2, outcome: 1})
    remove(snapshot, "fact-2")


def bury_turn_2(snapshot: Snapshot, error_code: str, reason: str) -> None:
    end_turn_2(snapshot, "dead_lettered")
    snapshot.counters.append(letter(TURNS[2], error_code, reason))


def find_ended(
    outcome: str, fates: Fates, edit: Callable[[Snapshot], object] | None = None
) -> list[Violation]:
    snapshot = whole_store()
    end_turn_2(snapshot, outcome)
    if edit:
        edit(snapshot)
    return find_violations(snapshot, fates)


@pytest.mark.parametrize("outcome", ["gone", "elsewhere", "trivial", "off", "redacted"])
def test_a_turn_that_is_there_and_was_not_extracted_is_found(outcome: str) -> None:
    [violation] = find_ended(outcome, Fates(TURNS))
    assert violation.breach == "lost"
    assert violation.what == f"turn 2 (unique) has ended as {outcome}"


@pytest.mark.parametrize("outcome", ["gone", "elsewhere", "off"])
def test_small_talk_that_is_there_and_was_not_looked_at_is_found(outcome: str) -> None:
    talk = replace(TURNS[2], kind="small talk", fact=None)
    assert find_ended("trivial", Fates([*TURNS[:2], talk])) == []
    assert len(find_ended(outcome, Fates([*TURNS[:2], talk]))) == 1


def test_a_turn_may_be_gone_that_was_restored_or_does_not_live_long() -> None:
    assert find_ended("gone", Fates(TURNS, restored=frozenset([2]))) == []
    short = replace(TURNS[2], lifetime=2)
    assert find_ended("gone", Fates([*TURNS[:2], short])) == []
    assert find_ended("gone", Fates(TURNS[:2], expired=[short])) == []
    assert find_ended("elsewhere", Fates(TURNS[:2], expired=[short]))


def test_a_turn_that_was_deleted_may_be_gone() -> None:
    def notice(snapshot: Snapshot) -> None:
        document(snapshot, "seen:2")["vanished"] = True

    assert find_ended("gone", Fates(TURNS[:2], deleted=TURNS[2:]), notice) == []


GIVEN_UP = [
    ("retries_exhausted", "retries_exhausted"),
    ("not_counted", "store_unavailable_400"),
    ("model_refused", "no_answer"),
]
REFUSED = [("model_refused", "content_filter"), ("model_refused", "unusable_answer")]


@pytest.mark.parametrize(("error_code", "reason"), GIVEN_UP)
def test_a_turn_that_was_given_up_in_a_seed_of_patience_is_found(
    error_code: str, reason: str
) -> None:
    snapshot = whole_store()
    bury_turn_2(snapshot, error_code, reason)
    assert find_violations(snapshot, Fates(TURNS), Allowance(gives_up=True)) == []
    patient = Allowance(refuses_any=True, refused=frozenset([2]))
    [violation] = find_violations(snapshot, Fates(TURNS), patient)
    assert violation.what == f"turn 2 is a dead letter: {error_code} ({reason})"


@pytest.mark.parametrize(("error_code", "reason"), REFUSED)
def test_a_turn_that_was_refused_by_a_model_that_refuses_nothing_is_found(
    error_code: str, reason: str
) -> None:
    snapshot = whole_store()
    bury_turn_2(snapshot, error_code, reason)
    assert find_violations(snapshot, Fates(TURNS), Allowance(refuses_any=True)) == []
    assert find_violations(snapshot, Fates(TURNS), Allowance(refused=frozenset([2]))) == []
    other = Allowance(gives_up=True, refused=frozenset([1]))
    [violation] = find_violations(snapshot, Fates(TURNS), other)
    assert violation.what == f"turn 2 is a dead letter: {error_code} ({reason})"


def test_a_turn_that_is_called_unusable_is_found_in_every_seed() -> None:
    snapshot = whole_store()
    bury_turn_2(snapshot, "invalid_turn", "id_too_long")
    every = Allowance(gives_up=True, refuses_any=True, refused=frozenset([2]))
    assert len(find_violations(snapshot, Fates(TURNS), every)) == 1


def test_a_letter_of_a_turn_that_was_never_written_is_found() -> None:
    snapshot = whole_store()
    bury_turn_2(snapshot, "retries_exhausted", "retries_exhausted")
    found = find_violations(snapshot, Fates(TURNS[:2]), Allowance(gives_up=True))
    assert any("the letter of no turn" in each.what for each in found)


def order_model_fault(schedule: Schedule, kind: str) -> Schedule:
    others = [event for event in schedule.events if event.kind != "model fault"]
    return replace(schedule, events=[*others, Event(1.0, "model fault", {"kind": kind})])


@pytest.mark.parametrize(
    ("kind", "refuses"),
    [
        ("timeout", False),
        ("status", False),
        ("refusal", True),
        ("content_filter", True),
        ("invalid_json", True),
        ("truncated", True),
    ],
)
def test_a_seed_allows_what_its_faults_give_rise_to(kind: str, *, refuses: bool) -> None:
    schedule = order_model_fault(make_schedule(1), kind)
    assert find_allowance(schedule).refuses_any == refuses
    assert find_allowance(schedule).refused == schedule.refused


@pytest.mark.parametrize(("horizon", "gives_up"), [("1", True), ("86400", False)])
def test_a_seed_allows_to_give_up_within_its_horizon(horizon: str, *, gives_up: bool) -> None:
    schedule = make_schedule(1)
    settings = {**schedule.settings, "MEMORY_RETRY_HORIZON_SECONDS": horizon}
    assert find_allowance(replace(schedule, settings=settings)).gives_up == gives_up
