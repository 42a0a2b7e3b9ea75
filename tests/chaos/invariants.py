"""What must hold when the faults are over and everything is at rest: the promises of the app."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos.fates import Fates
from tests.chaos.store import Snapshot
from tests.chaos.unrest import find_unrest
from tests.chaos.violations import Breach, TurnKey, Violation, thread_key, thread_name, turn_key
from tests.chaos.workload import Document, unique_number

_NUMBER = re.compile(r"number(\d+)")


def find_violations(snapshot: Snapshot, fates: Fates) -> list[Violation]:
    """Every promise that does not hold in a snapshot of the whole store."""
    return [
        *find_unrest(snapshot, fates),
        *_check_ledger(snapshot, fates),
        *_check_episodes(snapshot),
        *_check_memories(snapshot),
        *_check_chunk_numbers(snapshot),
        *_check_counters(snapshot),
        *_check_facts(snapshot, fates),
        *_check_forgotten(snapshot, fates),
        *_check_kept(snapshot, fates),
    ]


def _check_episodes(snapshot: Snapshot) -> Iterator[Violation]:
    """Each turn in one episode at most."""
    told = Counter(
        (segment["user_id"], segment["thread_id"], turn_id)
        for segment in snapshot.of_type("segment")
        for turn_id in segment["turn_ids"]
    )
    for key, times in told.items():
        if times > 1:
            yield Violation("duplicated", f"turn {key[2][:12]} is in {times} episodes")


def _check_ledger(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """Each turn in exactly one committed chunk of its latest generation, or in the dead letters.

    Of those that have expired only the ones that were counted before.
    """
    committed: Counter[TurnKey] = Counter()
    latest = _find_latest(snapshot)
    for chunk in snapshot.of_type("chunk"):
        thread = (chunk["user_id"], chunk["thread_id"])
        keys = ((*thread, turn_id) for turn_id in chunk["turn_ids"])
        committed.update(key for key in keys if latest[key]["generation"] == chunk["generation"])
        if missing := set(chunk["turn_ids"]) - chunk["outcomes"].keys():
            yield Violation("lost", f"{len(missing)} turns of {thread_name(chunk)} have no outcome")
    letters = {turn_key(letter) for letter in snapshot.of_type("dead_letter")}
    seen = {turn_key(mark) for mark in snapshot.of_type("seen")}
    for turn in (*fates.living, *(turn for turn in fates.expired if turn.key in seen)):
        if committed[turn.key] == 0 and turn.key not in letters:
            yield Violation("lost", f"turn {turn.number} is in no committed chunk")
    for key, times in committed.items():
        if times > 1:
            yield Violation("duplicated", f"turn {key[2][:12]} is in {times} chunks")
    dead = _find_outcome(snapshot, "dead_lettered")
    for key in dead - letters:
        yield Violation("lost", f"turn {key[2][:12]} has no dead letter")
    for key in letters & committed.keys() - dead:
        yield Violation("duplicated", f"turn {key[2][:12]} is committed and a dead letter")


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


def _check_chunk_numbers(snapshot: Snapshot) -> Iterator[Violation]:
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


def _check_counters(snapshot: Snapshot) -> Iterator[Violation]:
    """Counts are numbers of distinct turns: of a thread those seen, of a user those committed."""
    seen = Counter(thread_key(mark) for mark in snapshot.of_type("seen"))
    closed = Counter(user for user, _, _ in _find_latest(snapshot))
    for document in snapshot.counters:
        if "count" not in document or "type" in document:
            continue
        user = document["user_id"]
        of_user = document["id"].startswith("user:")
        expected = closed[user] if of_user else seen[thread_key(document)]
        if document["count"] != expected:
            breach: Breach = "lost" if document["count"] < expected else "duplicated"
            name = "a user" if of_user else "a thread"
            yield Violation(breach, f"{name} counts {document['count']} turns, not {expected}")


def _check_facts(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """Each turn's fact is known once: by its content, and by what it says in whatever words."""
    active = [
        memory
        for memory in snapshot.memories
        if memory["type"] == "fact" and memory.get("superseded_by") is None
    ]
    yield from _check_repetitions(active)
    contents = {(fact["user_id"], _gist(fact["content"])) for fact in active}
    extracted = _find_outcome(snapshot, "extracted")
    for turn in fates.living:
        if turn.fact is None or turn.key not in extracted:
            continue
        if (turn.user_id, _gist(turn.fact)) not in contents:
            yield Violation("lost", f"the fact of turn {turn.number} is not known")
    told = {(turn.user_id, _gist(turn.fact)) for turn in fates.written if turn.fact is not None}
    for _ in contents - told:
        yield Violation("duplicated", "a fact is known that no turn of its user tells")


def _check_kept(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """What turns had said before they expired is still known, and they are not taken for deleted.

    What several turns say goes with one that is deleted if no other that is left proves it.
    """
    active = {
        (memory["user_id"], _gist(memory["content"]))
        for memory in snapshot.memories
        if memory["type"] == "fact" and memory.get("superseded_by") is None
    }
    extracted = {
        (*thread_key(chunk), turn_id)
        for chunk in snapshot.of_type("chunk")
        for turn_id, outcome in chunk["outcomes"].items()
        if outcome == "extracted"
    }
    forgotten = {turn_key(mark) for mark in snapshot.of_type("seen") if "vanished" in mark}
    unproven = {(turn.user_id, turn.fact) for turn in fates.deleted}
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
        told = {int(number) for number in _NUMBER.findall(str(text.get("content")))}
        for number in told & numbers:
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


def _find_outcome(snapshot: Snapshot, wanted: str) -> set[TurnKey]:
    """The turns that have this outcome in the last chunk that has them."""
    return {
        key
        for key, chunk in _find_latest(snapshot).items()
        if chunk["outcomes"].get(key[2]) == wanted
    }


def _find_latest(snapshot: Snapshot) -> dict[TurnKey, Document]:
    """The last chunk that has each turn: of those that were processed anew there are several."""
    return {
        (*thread_key(chunk), turn_id): chunk
        for chunk in sorted(snapshot.of_type("chunk"), key=lambda each: each["chunk"])
        for turn_id in chunk["turn_ids"]
    }
