"""Each promise is checked: a store that breaks one is told apart from a store that keeps all."""

import copy
from collections.abc import Callable

import pytest

from tests.chaos.fates import Fates
from tests.chaos.invariants import find_violations
from tests.chaos.sample_store import (
    HERE,
    TURNS,
    chunk,
    document,
    fact,
    letter,
    process_anew,
    remove,
    segment,
    user_chunk,
    whole_store,
)
from tests.chaos.store import Snapshot
from tests.chaos.workload import LIFETIME


def add_chunk_again(snapshot: Snapshot) -> None:
    snapshot.counters.append({**chunk(3, TURNS[0]), "memory_ids": []})
    snapshot.counters.append(user_chunk(3))


def add_reworded_fact(snapshot: Snapshot) -> None:
    again = {"id": "fact-x", "content_hash": "x", "content": "Once more lamp number1 was bought."}
    snapshot.memories.append({**fact(TURNS[1]), **again})


def refuse_without_a_letter(snapshot: Snapshot) -> None:
    document(snapshot, "chunk:2")["outcomes"]["turn-2"] = "dead_lettered"


def bury_what_is_committed(snapshot: Snapshot) -> None:
    snapshot.counters.append(letter(TURNS[1]))


BREACHES: dict[str, tuple[str, Callable[[Snapshot], object]]] = {
    "a turn that was never counted": ("lost", lambda s: remove(s, "seen:1")),
    "a turn in no chunk": ("lost", lambda s: remove(s, "chunk:2")),
    "a turn whose mark is open": ("lost", lambda s: document(s, "seen:1").pop("chunk")),
    "a turn in two chunks": ("duplicated", add_chunk_again),
    "a turn without an outcome": (
        "lost",
        lambda s: document(s, "chunk:1")["outcomes"].pop("turn-0"),
    ),
    "a refused turn without a dead letter": ("lost", refuse_without_a_letter),
    "a committed turn among the dead letters": ("duplicated", bury_what_is_committed),
    "an outcome that its thread has not counted": (
        "lost",
        lambda s: document(s, "state")["outcomes"].update(extracted=2),
    ),
    "a memory that is not there": (
        "lost",
        lambda s: document(s, "chunk:1")["memory_ids"].append("fact-9"),
    ),
    "a fact that is not there": ("lost", lambda s: remove(s, "fact-0")),
    "a fact in two wordings": ("duplicated", add_reworded_fact),
    "a fact twice": (
        "duplicated",
        lambda s: s.memories.append({**fact(TURNS[1]), "id": "fact-y"}),
    ),
    "a fact of nobody": (
        "duplicated",
        lambda s: s.memories.append(
            {**fact(TURNS[1]), "id": "z", "content": "x", "content_hash": ""}
        ),
    ),
    "a gap in the chunks": ("lost", lambda s: document(s, "chunk:2").update(chunk=4)),
    "a chunk that the user did not count": ("lost", lambda s: remove(s, "chunk:t:2")),
    "a mark that goes before its turn": (
        "duplicated",
        lambda s: document(s, "seen:1").update(ttl=LIFETIME),
    ),
    "a thread's count too high": (
        "duplicated",
        lambda s: document(s, "thread:ana:chat").update(count=4),
    ),
    "a user's count too low": ("lost", lambda s: document(s, "user:ana").update(count=2)),
    "a thread's own total too high": (
        "duplicated",
        lambda s: document(s, "state").update(arrived=4, closed=4, summarized=4),
    ),
    "a user's own total too low": (
        "lost",
        lambda s: document(s, "user-state").update(turns=2, profiled=2),
    ),
    "a claim": ("stuck", lambda s: document(s, "state").update(claim={"key": "chunk:3"})),
    "a thread that is not idle": ("stuck", lambda s: document(s, "state").update(idle=False)),
    "an ended segment without its episode": (
        "stuck",
        lambda s: document(s, "state").update(segments=[{"turns": 1}]),
    ),
    "an open segment that silence should have ended": (
        "stuck",
        lambda s: document(s, "state").update(open_segment={"turns": 2}),
    ),
    "a turn in two episodes": (
        "duplicated",
        lambda s: s.counters.extend({**segment(n, TURNS[2]), "memory_ids": []} for n in (2, 3)),
    ),
    "a generation that is not finished": (
        "stuck",
        lambda s: document(s, "state").update(reprocess={"generation": 1}),
    ),
    "a backfill that goes on": (
        "stuck",
        lambda s: s.counters.append({"id": "b", "type": "backfill", "stage": "counting"}),
    ),
    "pending turns": ("stuck", lambda s: document(s, "state").update(arrived=4)),
    "a summary that lags": ("stuck", lambda s: document(s, "state").update(summarized=2)),
    "a profile under way": ("stuck", lambda s: document(s, "user-state").update(refresh=True)),
    "a summary that is to begin from nothing": (
        "stuck",
        lambda s: document(s, "state").update(rebuild_summary=True),
    ),
    "a flush that was not met": ("stuck", lambda s: document(s, "state").update(flush_to=4)),
    "a change that met no profile": (
        "stuck",
        lambda s: document(s, "user-state").update(changed=True),
    ),
    "a profile that is to forget": (
        "stuck",
        lambda s: document(s, "user-state").update(rebuild=True),
    ),
    "rules that have failed": (
        "stuck",
        lambda s: document(s, "user-state").update(rules_retry={"failures": 1}),
    ),
    "a profile that lags": ("stuck", lambda s: document(s, "user-state").update(profiled=1)),
    "a fact that is newer than the profile": (
        "lost",
        lambda s: document(s, "fact-1").update({"_ts": 101, "_etag": "another"}),
    ),
    "a fact that was written while the profile was": (
        "lost",
        lambda s: document(s, "fact-1").update({"_etag": "another"}),
    ),
    "an answer that was left": (
        "stuck",
        lambda s: s.counters.append({**HERE, "id": "chunk:3:extract:answer", "type": "answer"}),
    ),
}


def test_a_store_that_keeps_every_promise_has_no_violation() -> None:
    assert find_violations(whole_store(), Fates(TURNS)) == []


@pytest.mark.parametrize("name", BREACHES)
def test_a_broken_promise_is_found(name: str) -> None:
    breach, spoil = BREACHES[name]
    snapshot = copy.deepcopy(whole_store())
    spoil(snapshot)
    assert breach in {violation.breach for violation in find_violations(snapshot, Fates(TURNS))}


@pytest.mark.parametrize(
    ("item_id", "what"),
    [
        ("thread:ana:chat", "thread ana/chat has no counter"),
        ("state", "thread ana/chat has no state"),
        ("user:ana", "user ana has no counter"),
        ("user-state", "user ana has no state"),
    ],
)
def test_a_thread_or_a_user_without_counter_or_state_is_found(item_id: str, what: str) -> None:
    snapshot = whole_store()
    remove(snapshot, item_id)
    found = find_violations(snapshot, Fates(TURNS))
    assert ("lost", what) in {(each.breach, each.what) for each in found}


def test_a_turn_that_is_processed_anew_is_in_one_chunk_of_each_generation() -> None:
    snapshot = whole_store()
    process_anew(snapshot, *TURNS)
    assert find_violations(snapshot, Fates(TURNS)) == []


def test_a_turn_in_two_chunks_of_its_latest_generation_is_found() -> None:
    snapshot = whole_store()
    process_anew(snapshot, *TURNS)
    snapshot.counters.extend([{**chunk(4, TURNS[0]), "generation": 1}, user_chunk(4)])
    [violation] = find_violations(snapshot, Fates(TURNS))
    assert violation.breach == "duplicated"


def test_a_turn_twice_in_the_generation_before_its_latest_is_found() -> None:
    snapshot = whole_store()
    add_chunk_again(snapshot)
    again = {**chunk(4, *TURNS), "generation": 1}
    snapshot.counters.extend([again, user_chunk(4)])
    [violation] = find_violations(snapshot, Fates(TURNS))
    assert (violation.breach, violation.what) == ("duplicated", "turn turn-0 is in 2 chunks")


def test_a_counter_that_an_in_process_client_wrote_last_is_not_the_apps() -> None:
    snapshot = whole_store()
    counter = document(snapshot, "thread:ana:chat")
    counter.update(count=7, last_owner="inprocess", written_elsewhere=7)
    assert find_violations(snapshot, Fates(TURNS)) == []
    counter.update(count=8)
    [violation] = find_violations(snapshot, Fates(TURNS))
    assert violation.breach == "duplicated", "the app has added to what it should have put right"


def retry_turn_2(snapshot: Snapshot) -> None:
    """It was a dead letter in its chunk, was opened again, and is in the next."""
    document(snapshot, "chunk:2").update(outcomes={"turn-2": "dead_lettered"}, memory_ids=[])
    document(snapshot, "seen:2").update(reopened={"attempts": 1}, chunk=3)
    snapshot.counters.extend([chunk(3, TURNS[2]), user_chunk(3)])


def test_a_dead_letter_that_was_tried_again_is_in_one_chunk_more() -> None:
    snapshot = whole_store()
    retry_turn_2(snapshot)
    assert find_violations(snapshot, Fates(TURNS)) == []


RETRIES: dict[str, tuple[str, str, Callable[[Snapshot], object]]] = {
    "nobody had asked for it": (
        "duplicated",
        "is in 2 chunks",
        lambda s: document(s, "seen:2").pop("reopened"),
    ),
    "it had been processed": (
        "duplicated",
        "is in 2 chunks",
        lambda s: document(s, "chunk:2")["outcomes"].update({"turn-2": "extracted"}),
    ),
    "it was tried twice for one letter": (
        "duplicated",
        "is in 2 chunks",
        lambda s: s.counters.extend([chunk(4, TURNS[2]), user_chunk(4)]),
    ),
    "its letter is still there": (
        "duplicated",
        "is committed and a dead letter",
        lambda s: s.counters.append(letter(TURNS[2])),
    ),
    "it is refused again and has no letter": (
        "lost",
        "has no dead letter",
        lambda s: document(s, "chunk:3")["outcomes"].update({"turn-2": "dead_lettered"}),
    ),
    "it is open": ("lost", "is in no chunk", lambda s: document(s, "seen:2").pop("chunk")),
    "the thread counts its first outcome too": (
        "duplicated",
        "counts {'extracted': 3, 'dead_lettered': 1}",
        lambda s: document(s, "state")["outcomes"].update(dead_lettered=1),
    ),
}


@pytest.mark.parametrize("name", RETRIES)
def test_a_retry_of_a_dead_letter_that_went_wrong_is_found(name: str) -> None:
    breach, said, spoil = RETRIES[name]
    snapshot = whole_store()
    retry_turn_2(snapshot)
    spoil(snapshot)
    found = find_violations(snapshot, Fates(TURNS))
    assert any(each.breach == breach and said in each.what for each in found)
