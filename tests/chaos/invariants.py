"""What must hold when the faults are over and everything is at rest: the promises of the app."""

from collections import Counter
from collections.abc import Iterator

from shared.domain.user_state import CLOCKS_DIFFER_BY
from tests.chaos.allowance import Allowance
from tests.chaos.counter_invariants import check_counters, check_marks, check_presence
from tests.chaos.ending_invariants import check_endings, check_reasons
from tests.chaos.episode_invariants import check_episodes
from tests.chaos.fates import Fates
from tests.chaos.ledger_invariants import (
    check_chunk_numbers,
    check_ledger,
    check_letters,
    check_outcomes,
    find_outcome,
)
from tests.chaos.run_invariants import check_runs
from tests.chaos.store import Snapshot
from tests.chaos.summary_invariants import check_summaries
from tests.chaos.unrest import find_unrest
from tests.chaos.violations import Violation, thread_key, thread_name, turn_key
from tests.chaos.workload import Document, all_numbers, unique_number

_NOTHING = Allowance()


def find_violations(
    snapshot: Snapshot, fates: Fates, allowance: Allowance = _NOTHING
) -> list[Violation]:
    """Every promise that does not hold in a snapshot of the whole store."""
    return [
        *find_unrest(snapshot, fates),
        *check_ledger(snapshot, fates),
        *check_letters(snapshot),
        *check_reasons(snapshot, fates, allowance),
        *check_endings(snapshot, fates),
        *check_outcomes(snapshot),
        *check_episodes(snapshot),
        *check_summaries(snapshot, fates, allowance),
        *check_runs(snapshot, fates),
        *_check_memories(snapshot),
        *check_chunk_numbers(snapshot),
        *check_presence(snapshot),
        *check_counters(snapshot),
        *check_marks(snapshot, fates),
        *_check_facts(snapshot, fates),
        *_check_profiles(snapshot),
        *_check_forgotten(snapshot, fates),
        *_check_kept(snapshot, fates),
    ]


def _check_memories(snapshot: Snapshot) -> Iterator[Violation]:
    """The memories of every chunk are there, save what was forgotten with a turn of it."""
    vanished = {turn_key(mark) for mark in snapshot.of_type("seen") if "vanished" in mark}
    memories = {memory["id"] for memory in snapshot.memories}
    for chunk in snapshot.of_type("chunk"):
        members = {(*thread_key(chunk), turn_id) for turn_id in chunk["turn_ids"]}
        missing = set(chunk["memory_ids"]) - memories
        if missing and not members & vanished:
            yield Violation(
                "lost", f"{len(missing)} memories of {thread_name(chunk)} are not there"
            )


def _check_facts(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """Each turn's fact is known once: by its content, and by what it says in whatever words."""
    active = _active_facts(snapshot)
    yield from _check_repetitions(active)
    contents = {(fact["user_id"], _gist(fact["content"])) for fact in active}
    extracted = find_outcome(snapshot, "extracted")
    for turn in fates.living:
        if turn.fact is None or turn.key not in extracted:
            continue
        if (turn.user_id, _gist(turn.fact)) not in contents:
            yield Violation("lost", f"the fact of turn {turn.number} is not known")
    told = {(turn.user_id, _gist(turn.fact)) for turn in fates.written if turn.fact is not None}
    for _ in contents - told:
        yield Violation("duplicated", "a fact is known that no turn of its user tells")


def _check_profiles(snapshot: Snapshot) -> Iterator[Violation]:
    """No active fact was written after the last look that its user's profile has taken.

    What several turns say is touched once more when equal facts are folded, after the look.
    """
    looks = {state["user_id"]: state for state in snapshot.of_type("user_state")}
    for fact in _active_facts(snapshot):
        look = looks.get(fact["user_id"], {})
        since = look.get("memories_since", 0)
        near = fact["_ts"] >= since - CLOCKS_DIFFER_BY
        unseen = near and fact["_etag"] not in look.get("folded", ())
        if unseen and unique_number(fact["content"]) is not None:
            yield Violation("lost", f"a fact of {fact['user_id'][:12]} never met the profile")


def _active_facts(snapshot: Snapshot) -> list[Document]:
    return [
        memory
        for memory in snapshot.memories
        if memory["type"] == "fact" and memory.get("superseded_by") is None
    ]


def _check_kept(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """What turns had said before they expired is still known, and they are not taken for deleted.

    What several turns say goes with one that is deleted if no other that is left proves it.
    """
    active = {(memory["user_id"], _gist(memory["content"])) for memory in _active_facts(snapshot)}
    extracted = {
        (*thread_key(chunk), turn_id)
        for chunk in snapshot.of_type("chunk")
        for turn_id, outcome in chunk["outcomes"].items()
        if outcome == "extracted"
    }
    forgotten = {turn_key(mark) for mark in snapshot.of_type("seen") if "vanished" in mark}
    unproven = {(turn.user_id, turn.fact) for turn in (*fates.deleted, *fates.unsettled)}
    for turn in fates.expired:
        if turn.key in forgotten:
            yield Violation("lost", f"turn {turn.number} has expired and was forgotten")
        if turn.fact is None or turn.key not in extracted or (turn.user_id, turn.fact) in unproven:
            continue
        if (turn.user_id, _gist(turn.fact)) not in active:
            yield Violation("lost", f"the fact of expired turn {turn.number} is not known")


def _check_forgotten(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """Of what deleted turns said nothing is left, whether it is active or history."""
    deleted = {turn.key: turn for turn in fates.deleted}
    numbers = {turn.number for turn in deleted.values() if turn.kind == "unique"}
    for memory in snapshot.memories:
        thread = thread_key(memory)
        for turn_id in memory.get("source_turn_ids") or []:
            if (*thread, turn_id) in deleted:
                yield Violation("stuck", f"a {memory['type']} rests on deleted {turn_id[:12]}")
    for text in (*snapshot.memories, *snapshot.summaries):
        for number in all_numbers(str(text.get("content"))) & numbers:
            yield Violation("stuck", f"a {text['type']} tells of deleted turn {number}")


def _check_repetitions(active: list[Document]) -> Iterator[Violation]:
    hashes = Counter((fact["user_id"], fact["content_hash"]) for fact in active)
    for (user, _), times in hashes.items():
        if times > 1:
            yield Violation("duplicated", f"{times} active facts of {user[:12]} say the same")
    numbers = Counter(unique_number(fact["content"]) for fact in active)
    for number, times in numbers.items():
        if number is not None and times > 1:
            yield Violation("duplicated", f"{times} active facts tell of turn {number}")


def _gist(fact: str) -> str | int:
    """What a fact says, in whatever words."""
    number = unique_number(fact)
    return fact if number is None else number
