"""What the ledger must say when all is at rest: each turn once, with its outcome, and in order."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos.fates import Fates
from tests.chaos.store import Snapshot
from tests.chaos.violations import Breach, TurnKey, Violation, thread_key, thread_name, turn_key
from tests.chaos.workload import Document


def check_ledger(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """Each turn in exactly one committed chunk of a generation, or in the dead letters.

    Of those that have expired only the ones that were counted before. A dead letter that is tried
    again leaves the record behind that it had.
    """
    committed: Counter[tuple[TurnKey, int]] = Counter()
    latest, tries = find_latest(snapshot), _find_tries(snapshot)
    for chunk in sorted(snapshot.of_type("chunk"), key=lambda each: each["chunk"]):
        for turn_id in chunk["turn_ids"]:
            key = (*thread_key(chunk), turn_id)
            if latest[key] is not chunk and tries[key] and _is_refused(chunk, turn_id):
                tries[key] -= 1
            else:
                committed[key, chunk["generation"]] += 1
        if missing := set(chunk["turn_ids"]) - chunk["outcomes"].keys():
            yield Violation("lost", f"{len(missing)} turns of {thread_name(chunk)} have no outcome")
    letters = _find_letters(snapshot)
    seen = {turn_key(mark) for mark in snapshot.of_type("seen")}
    for turn in (*fates.living, *(turn for turn in fates.expired if turn.key in seen)):
        if turn.key not in latest and turn.key not in letters:
            yield Violation("lost", f"turn {turn.number} is in no committed chunk")
    for (key, generation), times in committed.items():
        if times > 1:
            which = f" of generation {generation}" if generation else ""
            yield Violation("duplicated", f"turn {key[2][:12]} is in {times} chunks{which}")


def check_letters(snapshot: Snapshot) -> Iterator[Violation]:
    """Each turn that ended as a dead letter has one, and no other turn that was processed has.

    The letter of a turn that was deleted is forgotten with it.
    """
    letters, dead = _find_letters(snapshot), find_outcome(snapshot, "dead_lettered")
    forgotten = {turn_key(mark) for mark in snapshot.of_type("seen") if "vanished" in mark}
    for key in dead - letters - forgotten:
        yield Violation("lost", f"turn {key[2][:12]} has no dead letter")
    for key in letters & find_latest(snapshot).keys() - dead:
        yield Violation("duplicated", f"turn {key[2][:12]} is committed and a dead letter")


def _find_letters(snapshot: Snapshot) -> set[TurnKey]:
    return {turn_key(letter) for letter in snapshot.of_type("dead_letter")}


def _find_tries(snapshot: Snapshot) -> Counter[TurnKey]:
    """How often turns had been dead letters when they were opened again."""
    return Counter(
        {
            turn_key(mark): mark["reopened"]["attempts"]
            for mark in snapshot.of_type("seen")
            if "reopened" in mark
        }
    )


def _is_refused(chunk: Document, turn_id: str) -> bool:
    return chunk["outcomes"].get(turn_id) == "dead_lettered"


def check_outcomes(snapshot: Snapshot) -> Iterator[Violation]:
    """A thread's state counts how its turns have ended, each once."""
    ended: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for key, chunk in find_latest(snapshot).items():
        ended[thread_key(chunk)][chunk["outcomes"].get(key[2], "")] += 1
    for state in snapshot.of_type("thread_state"):
        counted = +Counter(state["outcomes"])
        if counted != ended[thread_key(state)]:
            what = f"thread {thread_name(state)} counts {dict(counted)}"
            breach: Breach = "duplicated" if counted - ended[thread_key(state)] else "lost"
            yield Violation(breach, f"{what}, not {dict(ended[thread_key(state)])}")


def check_chunk_numbers(snapshot: Snapshot) -> Iterator[Violation]:
    """No run is lost: the chunks of a thread are numbered from one, and the user counted each."""
    chunks: dict[tuple[str, str], set[int]] = defaultdict(set)
    for chunk in snapshot.of_type("chunk"):
        chunks[thread_key(chunk)].add(chunk["chunk"])
    for (user, thread), numbers in chunks.items():
        if numbers != set(range(1, len(numbers) + 1)):
            yield Violation("lost", f"{user[:12]}/{thread[:12]} has chunks {sorted(numbers)}")
    marks = Counter(
        (mark["user_id"], mark["chunk_thread_id"], mark["chunk"])
        for mark in snapshot.of_type("user_chunk")
    )
    expected = Counter(
        (*thread, number) for thread, numbers in chunks.items() for number in numbers
    )
    for user, thread, number in expected - marks:
        yield Violation("lost", f"{user[:12]} has not counted chunk {number} of {thread[:12]}")
    for user, thread, number in marks - expected:
        yield Violation("duplicated", f"{user[:12]} counted {number} of {thread[:12]}, not there")


def find_outcome(snapshot: Snapshot, wanted: str) -> set[TurnKey]:
    """The turns that have this outcome in the last chunk that has them."""
    return {
        key
        for key, chunk in find_latest(snapshot).items()
        if chunk["outcomes"].get(key[2]) == wanted
    }


def find_latest(snapshot: Snapshot) -> dict[TurnKey, Document]:
    """The last chunk that has each turn: of those that were processed anew there are several."""
    return {
        (*thread_key(chunk), turn_id): chunk
        for chunk in sorted(snapshot.of_type("chunk"), key=lambda each: each["chunk"])
        for turn_id in chunk["turn_ids"]
    }
