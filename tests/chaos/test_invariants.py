"""Each promise is checked: a store that breaks one is told apart from a store that keeps all."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.invariants import find_violations
from tests.chaos.store import Snapshot
from tests.chaos.workload import PlannedTurn

USER, THREAD = "ana", "chat"


def say(number: int) -> PlannedTurn:
    """A turn of one thread that says something of its own."""
    return PlannedTurn(
        number=number,
        user_id=USER,
        thread_id=THREAD,
        turn_id=f"turn-{number}",
        kind="unique",
        content=f"I bought lamp number{number} in Rome.",
        fact=f"The user bought lamp number{number} in Rome.",
        created_at="2026-07-01T10:00:00+00:00",
    )


TURNS = [say(0), say(1), say(2)]
HERE = {"user_id": USER, "thread_id": THREAD}


def chunk(number: int, *turns: PlannedTurn) -> dict[str, Any]:
    return {
        **HERE,
        "id": f"chunk:{number}",
        "type": "chunk",
        "chunk": number,
        "generation": 0,
        "turn_ids": [turn.turn_id for turn in turns],
        "outcomes": {turn.turn_id: "extracted" for turn in turns},
        "memory_ids": [f"fact-{turn.number}" for turn in turns],
    }


def seen(turn: PlannedTurn) -> dict[str, Any]:
    mark = {"id": f"seen:{turn.number}", "type": "seen", "turn_id": turn.turn_id}
    return {**HERE, **mark, "chunk": 1}


def user_chunk(number: int) -> dict[str, Any]:
    return {
        "id": f"chunk:t:{number}",
        "type": "user_chunk",
        "user_id": USER,
        "thread_id": "__counters__",
        "chunk_thread_id": THREAD,
        "chunk": number,
    }


def fact(turn: PlannedTurn) -> dict[str, Any]:
    return {
        **HERE,
        "id": f"fact-{turn.number}",
        "type": "fact",
        "content": turn.fact,
        "content_hash": f"hash-{turn.number}",
        "source_turn_ids": [turn.turn_id],
    }


def whole_store() -> Snapshot:
    """Three turns in two chunks, all done."""
    counters: list[dict[str, Any]] = [
        {**HERE, "id": "thread:ana:chat", "count": 3},
        {"id": "user:ana", "user_id": USER, "thread_id": "__counters__", "count": 3},
        *(
            {
                **HERE,
                "id": f"seen:{turn.number}",
                "type": "seen",
                "turn_id": turn.turn_id,
                "chunk": 1,
            }
            for turn in TURNS
        ),
        chunk(1, *TURNS[:2]),
        chunk(2, TURNS[2]),
        user_chunk(1),
        user_chunk(2),
        {
            **HERE,
            "id": "state",
            "type": "thread_state",
            "arrived": 3,
            "closed": 3,
            "summarized": 3,
            "claim": None,
            "idle": True,
            "segments": [],
            "open_segment": None,
            "reprocess": None,
        },
        {
            "id": "user-state",
            "type": "user_state",
            "user_id": USER,
            "thread_id": "__counters__",
            "turns": 3,
            "profiled": 3,
            "claim": None,
            "idle": True,
            "refresh": False,
        },
    ]
    return Snapshot(counters, [fact(turn) for turn in TURNS])


def document(snapshot: Snapshot, item_id: str) -> dict[str, Any]:
    found = [*snapshot.counters, *snapshot.memories]
    return next(each for each in found if each["id"] == item_id)


def remove(snapshot: Snapshot, item_id: str) -> None:
    gone = document(snapshot, item_id)
    for documents in (snapshot.counters, snapshot.memories):
        if gone in documents:
            documents.remove(gone)


def add_chunk_again(snapshot: Snapshot) -> None:
    snapshot.counters.append({**chunk(3, TURNS[0]), "memory_ids": []})
    snapshot.counters.append(user_chunk(3))


def add_reworded_fact(snapshot: Snapshot) -> None:
    again = {"id": "fact-x", "content_hash": "x", "content": "Once more lamp number1 was bought."}
    snapshot.memories.append({**fact(TURNS[1]), **again})


def refuse_without_a_letter(snapshot: Snapshot) -> None:
    document(snapshot, "chunk:2")["outcomes"]["turn-2"] = "dead_lettered"


def bury_what_is_committed(snapshot: Snapshot) -> None:
    letter = {**HERE, "id": "dead:1", "type": "dead_letter", "turn_id": "turn-1"}
    snapshot.counters.append(letter)


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
    "a memory that is not there": ("lost", lambda s: remove(s, "fact-0")),
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
    "a thread's count too high": (
        "duplicated",
        lambda s: document(s, "thread:ana:chat").update(count=4),
    ),
    "a user's count too low": ("lost", lambda s: document(s, "user:ana").update(count=2)),
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
        lambda s: s.counters.extend(
            {**HERE, "id": f"segment:{n}", "type": "segment", "turn_ids": ["turn-0"]} for n in "12"
        ),
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
    "a profile that lags": ("stuck", lambda s: document(s, "user-state").update(profiled=1)),
    "an answer that was left": (
        "stuck",
        lambda s: s.counters.append({**HERE, "id": "chunk:3:extract:answer", "type": "answer"}),
    ),
}


def test_a_store_that_keeps_every_promise_has_no_violation() -> None:
    assert find_violations(whole_store(), TURNS, TURNS) == []


@pytest.mark.parametrize("name", BREACHES)
def test_a_broken_promise_is_found(name: str) -> None:
    breach, spoil = BREACHES[name]
    snapshot = copy.deepcopy(whole_store())
    spoil(snapshot)
    assert breach in {violation.breach for violation in find_violations(snapshot, TURNS, TURNS)}


def process_anew(snapshot: Snapshot, *turns: PlannedTurn) -> None:
    snapshot.counters.extend([{**chunk(3, *turns), "generation": 1}, user_chunk(3)])


def test_a_turn_that_is_processed_anew_is_in_one_chunk_of_each_generation() -> None:
    snapshot = whole_store()
    process_anew(snapshot, *TURNS)
    assert find_violations(snapshot, TURNS, TURNS) == []


def test_a_turn_in_two_chunks_of_its_latest_generation_is_found() -> None:
    snapshot = whole_store()
    process_anew(snapshot, *TURNS)
    snapshot.counters.extend([{**chunk(4, TURNS[0]), "generation": 1}, user_chunk(4)])
    [violation] = find_violations(snapshot, TURNS, TURNS)
    assert violation.breach == "duplicated"


def test_a_turn_that_was_deleted_before_it_was_seen_is_not_missed() -> None:
    assert find_violations(whole_store(), [*TURNS, say(3)], TURNS) == []


def forget_turn_2(snapshot: Snapshot) -> None:
    document(snapshot, "seen:2")["vanished"] = True
    remove(snapshot, "fact-2")


def test_a_deleted_turn_that_was_forgotten_is_not_missed() -> None:
    snapshot = whole_store()
    forget_turn_2(snapshot)
    assert find_violations(snapshot, TURNS, TURNS[:2]) == []


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
    found = find_violations(snapshot, TURNS, TURNS[:2])
    assert "stuck" in {violation.breach for violation in found}
