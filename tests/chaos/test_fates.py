"""What deleted and expired turns leave behind is checked."""

from collections.abc import Callable

import pytest

from tests.chaos.fates import Fates
from tests.chaos.invariants import find_violations
from tests.chaos.sample_store import (
    HERE,
    TURNS,
    document,
    fact,
    process_anew,
    remove,
    say,
    whole_store,
)
from tests.chaos.store import Snapshot


def test_a_turn_that_was_deleted_before_it_was_seen_is_not_missed() -> None:
    assert find_violations(whole_store(), Fates(TURNS, deleted=[say(3)])) == []


def forget_turn_2(snapshot: Snapshot) -> None:
    document(snapshot, "seen:2")["vanished"] = True
    remove(snapshot, "fact-2")


def test_a_deleted_turn_that_was_forgotten_is_not_missed() -> None:
    snapshot = whole_store()
    forget_turn_2(snapshot)
    assert find_violations(snapshot, Fates(TURNS[:2], deleted=TURNS[2:])) == []


def test_the_letter_of_a_deleted_turn_is_not_missed() -> None:
    snapshot = whole_store()
    document(snapshot, "chunk:2").update(outcomes={"turn-2": "dead_lettered"}, memory_ids=[])
    document(snapshot, "state")["outcomes"].update(extracted=2, dead_lettered=1)
    fates = Fates(TURNS[:2], deleted=TURNS[2:])
    assert any("no dead letter" in each.what for each in find_violations(snapshot, fates))
    forget_turn_2(snapshot)
    assert find_violations(snapshot, fates) == []


REMAINS: dict[str, Callable[[Snapshot], object]] = {
    "a deletion that nobody has noticed": lambda s: document(s, "seen:2").pop("vanished"),
    "a note that was not worked off": lambda s: s.counters.append(
        {**HERE, "id": "vanished:1", "type": "vanished_turns", "turn_ids": ["turn-2"]}
    ),
    "a memory that cites it": lambda s: document(s, "fact-1").update(
        source_turn_ids=["turn-1", "turn-2"]
    ),
    "a superseded memory of it": lambda s: s.memories.append(
        {**fact(TURNS[2]), "superseded_by": "fact-1"}
    ),
    "a summary that tells of it": lambda s: s.summaries.append(
        {**HERE, "id": "summary", "type": "thread_summary", "content": TURNS[2].content}
    ),
}


@pytest.mark.parametrize("name", REMAINS)
def test_what_is_left_of_a_deleted_turn_is_found(name: str) -> None:
    snapshot = whole_store()
    forget_turn_2(snapshot)
    REMAINS[name](snapshot)
    found = find_violations(snapshot, Fates(TURNS[:2], deleted=TURNS[2:]))
    assert "stuck" in {violation.breach for violation in found}


def test_a_turn_that_expired_before_it_was_seen_is_not_missed() -> None:
    assert find_violations(whole_store(), Fates(TURNS, expired=[say(3)])) == []


def test_an_expired_turn_that_is_still_known_is_as_it_should_be() -> None:
    assert find_violations(whole_store(), Fates(TURNS[:2], expired=TURNS[2:])) == []


def leave_out_turn_2(snapshot: Snapshot) -> None:
    document(snapshot, "seen:2").pop("chunk")
    remove(snapshot, "chunk:2")


def process_turn_2_anew_when_it_was_gone(snapshot: Snapshot) -> None:
    process_anew(snapshot, TURNS[2])
    again = next(each for each in snapshot.of_type("chunk") if each["generation"] == 1)
    again.update(outcomes={"turn-2": "gone"}, memory_ids=[])
    remove(snapshot, "fact-2")


EXPIRED: dict[str, tuple[str, Callable[[Snapshot], object]]] = {
    "counted and in no chunk": ("is in no committed chunk", leave_out_turn_2),
    "its mark open": ("is in no chunk", lambda s: document(s, "seen:2").pop("chunk")),
    "its fact gone": ("the fact of expired turn 2", lambda s: remove(s, "fact-2")),
    "its fact gone with a later generation": (
        "the fact of expired turn 2",
        process_turn_2_anew_when_it_was_gone,
    ),
    "taken for deleted": ("forgotten", lambda s: document(s, "seen:2").update(vanished=True)),
}


@pytest.mark.parametrize("name", EXPIRED)
def test_an_expired_turn_that_is_lost_or_forgotten_is_found(name: str) -> None:
    said, spoil = EXPIRED[name]
    snapshot = whole_store()
    spoil(snapshot)
    found = find_violations(snapshot, Fates(TURNS[:2], expired=TURNS[2:]))
    assert any(each.breach == "lost" and said in each.what for each in found)


def test_what_a_turn_had_said_that_was_deleted_with_its_container_may_stay_or_go() -> None:
    snapshot = whole_store()
    assert find_violations(snapshot, Fates(TURNS[:2], unsettled=TURNS[2:])) == []
    forget_turn_2(snapshot)
    assert find_violations(snapshot, Fates(TURNS[:2], unsettled=TURNS[2:])) == []
