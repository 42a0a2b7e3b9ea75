"""A store that keeps every promise, for tests that break one."""

from typing import Any

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
        "_ts": 100,
        "_etag": f"version {turn.number}",
    }


def segment(number: int, *turns: PlannedTurn) -> dict[str, Any]:
    return {
        **HERE,
        "id": f"segment:{number}",
        "type": "segment",
        "turn_ids": [turn.turn_id for turn in turns],
        "outcome": "written",
        "memory_ids": [f"episode-{number}"],
    }


def episode(number: int, *turns: PlannedTurn) -> dict[str, Any]:
    return {
        **HERE,
        "id": f"episode-{number}",
        "type": "episodic",
        "content": "The user told of lamps.",
        "source_turn_ids": [turn.turn_id for turn in turns],
    }


def run(name: str, steps: dict[str, Any]) -> dict[str, Any]:
    return {**HERE, "id": name, "type": "run", "name": name, "steps": steps}


def letter(
    turn: PlannedTurn, error_code: str = "model_refused", reason: str = "content_filter"
) -> dict[str, Any]:
    mark = {"id": f"dead:{turn.number}", "type": "dead_letter", "turn_id": turn.turn_id}
    return {**HERE, **mark, "error_code": error_code, "reason": reason}


def whole_store() -> Snapshot:
    """Three turns in two chunks, all done."""
    counters: list[dict[str, Any]] = [
        {**HERE, "id": "thread:ana:chat", "count": 3, "last_owner": "durable"},
        {
            "id": "user:ana",
            "user_id": USER,
            "thread_id": "__counters__",
            "count": 3,
            "last_owner": "durable",
        },
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
        segment(1, *TURNS[:2]),
        run("summary:0:2", {"summarize": {"count": 3, "refused": 0}}),
        {**run("run:1", {"profile": {"count": 3, "refused": 0}}), "thread_id": "__counters__"},
        {
            **HERE,
            "id": "state",
            "type": "thread_state",
            "arrived": 3,
            "closed": 3,
            "summarized": 3,
            "claim": None,
            "idle": True,
            "outcomes": {"extracted": 3, "dead_lettered": 0},
            "segments": [],
            "open_segment": None,
            "reprocess": None,
            "chunks": 2,
            "done_to": {"extract": 2, "summarize": 2},
            "generation": 0,
            "summary_edition": 0,
            "flush_to": 0,
            "rebuild_summary": False,
        },
        {
            "id": "user-state",
            "type": "user_state",
            "user_id": USER,
            "thread_id": "__counters__",
            "turns": 3,
            "profiled": 3,
            "memories_since": 100,
            "runs": 1,
            "folded": [f"version {turn.number}" for turn in TURNS],
            "claim": None,
            "idle": True,
            "refresh": False,
            "changed": False,
            "rebuild": False,
            "rules_retry": {"failures": 0},
        },
    ]
    summary = {
        **HERE,
        "id": "summary",
        "type": "thread_summary",
        "content": "The user bought lamps in Rome.",
        "metadata": {"chunks": [1, 2], "source_count": 3},
    }
    memories = [*(fact(turn) for turn in TURNS), episode(1, *TURNS[:2])]
    return Snapshot(counters, memories, [summary])


def document(snapshot: Snapshot, item_id: str) -> dict[str, Any]:
    found = [*snapshot.counters, *snapshot.memories, *snapshot.summaries]
    return next(each for each in found if each["id"] == item_id)


def remove(snapshot: Snapshot, item_id: str) -> None:
    gone = document(snapshot, item_id)
    for documents in (snapshot.counters, snapshot.memories, snapshot.summaries):
        if gone in documents:
            documents.remove(gone)


def process_anew(snapshot: Snapshot, *turns: PlannedTurn) -> None:
    snapshot.counters.extend([{**chunk(3, *turns), "generation": 1}, user_chunk(3)])
    document(snapshot, "state").update(generation=1, chunks=3)
