"""What the app has still to do: while there is anything, nothing is at rest."""

from collections.abc import Iterator

from tests.chaos.fates import Fates
from tests.chaos.store import Snapshot
from tests.chaos.violations import Violation, thread_name, turn_key
from tests.chaos.workload import Document


def find_unrest(snapshot: Snapshot, fates: Fates) -> list[Violation]:
    """What keeps the app from being at rest; nothing if all it has to do is done."""
    return [
        *_find_open_turns(snapshot, fates),
        *_find_open_states(snapshot),
        *_find_open_users(snapshot),
        *_find_open_generations(snapshot),
        *_find_unnoticed(snapshot, fates),
    ]


def _find_unnoticed(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """Deleted turns that are not forgotten yet."""
    deleted = {turn.key for turn in fates.deleted}
    for mark in snapshot.of_type("seen"):
        if "chunk" in mark and "vanished" not in mark and turn_key(mark) in deleted:
            yield Violation("stuck", f"nobody knows that turn {mark['turn_id'][:12]} was deleted")
    for note in snapshot.of_type("vanished_turns"):
        yield Violation(
            "stuck", f"{len(note['turn_ids'])} turns of {thread_name(note)} are remembered"
        )


def _find_open_turns(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    seen = {turn_key(mark): mark for mark in snapshot.of_type("seen")}
    for turn in fates.living:
        if turn.key not in seen:
            yield Violation("lost", f"turn {turn.number} was never counted")
    for turn in (*fates.living, *fates.expired):
        if turn.key in seen and "chunk" not in seen[turn.key]:
            yield Violation("lost", f"turn {turn.number} is in no chunk")


def _owes_episode(state: Document) -> bool:
    """Whether turns wait for their episode; silence ends a segment of two turns at least."""
    waiting: Document | None = state["open_segment"]
    return bool(state["segments"]) or (waiting is not None and waiting["turns"] >= 2)


def _find_open_states(snapshot: Snapshot) -> Iterator[Violation]:
    for state in snapshot.of_type("thread_state"):
        name = f"thread {thread_name(state)}"
        if state["claim"] is not None:
            yield Violation("stuck", f"{name} has the claim {state['claim']['key']}")
        if not state["idle"]:
            yield Violation("stuck", f"{name} is not idle")
        if _owes_episode(state):
            yield Violation("stuck", f"{name} owes an episode")
        if state["arrived"] != state["closed"]:
            yield Violation("stuck", f"{name} has {state['closed']} of {state['arrived']} closed")
        elif state["summarized"] != state["closed"]:
            yield Violation("stuck", f"{name} has {state['summarized']} turns in its summary")
        if state["flush_to"] > state["closed"]:
            yield Violation("stuck", f"{name} owes a flush up to turn {state['flush_to']}")
        if state["rebuild_summary"]:
            yield Violation("stuck", f"{name} owes a summary that begins from nothing")


def _find_open_users(snapshot: Snapshot) -> Iterator[Violation]:
    for state in snapshot.of_type("user_state"):
        name = f"user {state['user_id'][:12]}"
        if state["claim"] is not None or not state["idle"] or state["refresh"]:
            yield Violation("stuck", f"{name} has a profile under way")
        elif state["turns"] != state["profiled"]:
            yield Violation("stuck", f"{name} has {state['profiled']} turns in the profile")
        for wish in ("changed", "rebuild"):
            if state[wish]:
                yield Violation("stuck", f"{name} has a wish left: {wish}")
        if failures := state["rules_retry"]["failures"]:
            yield Violation("stuck", f"{name} owes rules that have failed {failures} times")
    for answer in snapshot.of_type("answer"):
        yield Violation("stuck", f"the answer {answer['id']} of {thread_name(answer)} was left")


def _find_open_generations(snapshot: Snapshot) -> Iterator[Violation]:
    for state in snapshot.of_type("thread_state"):
        if state["reprocess"] is not None:
            generation = state["reprocess"]["generation"]
            yield Violation("stuck", f"thread {thread_name(state)} owes generation {generation}")
    for backfill in snapshot.of_type("backfill"):
        if backfill["stage"] not in ("done", "cancelled"):
            yield Violation("stuck", f"{backfill['id'][:16]} is {backfill['stage']}")
