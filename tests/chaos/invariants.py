"""What must hold when the faults are over and everything is at rest: the promises of the app."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.chaos.store import Snapshot
from tests.chaos.workload import Document, PlannedTurn, unique_number

_NUMBER = re.compile(r"number(\d+)")

type Breach = Literal["lost", "duplicated", "stuck"]
type TurnKey = tuple[str, str, str]


@dataclass(frozen=True)
class Violation:
    """A promise that was broken: how, and for what."""

    breach: Breach
    what: str

    def __str__(self) -> str:
        return f"{self.breach}: {self.what}"


def find_unrest(snapshot: Snapshot, living: Iterable[PlannedTurn]) -> list[Violation]:
    """What keeps the app from being at rest; nothing if all it has to do is done."""
    there = list(living)
    return [
        *_find_open_turns(snapshot, there),
        *_find_open_states(snapshot),
        *_find_open_users(snapshot),
        *_find_open_generations(snapshot),
        *_find_unnoticed(snapshot, there),
    ]


def _find_unnoticed(snapshot: Snapshot, living: Iterable[PlannedTurn]) -> Iterator[Violation]:
    """Deleted turns that are not forgotten yet."""
    there = {turn.key for turn in living}
    for mark in snapshot.of_type("seen"):
        if "chunk" in mark and "vanished" not in mark and _turn_key(mark) not in there:
            yield Violation("stuck", f"nobody knows that turn {mark['turn_id'][:12]} was deleted")
    for note in snapshot.of_type("vanished_turns"):
        yield Violation("stuck", f"{len(note['turn_ids'])} turns of {_short(note)} are remembered")


def _find_open_turns(snapshot: Snapshot, living: Iterable[PlannedTurn]) -> Iterator[Violation]:
    seen = {_turn_key(mark): mark for mark in snapshot.of_type("seen")}
    for turn in living:
        mark = seen.get(turn.key)
        if mark is None:
            yield Violation("lost", f"turn {turn.number} was never counted")
        elif "chunk" not in mark:
            yield Violation("lost", f"turn {turn.number} is in no chunk")


def _owes_episode(state: Document) -> bool:
    """Whether turns wait for their episode; silence ends a segment of two turns at least."""
    waiting: Document | None = state["open_segment"]
    return bool(state["segments"]) or (waiting is not None and waiting["turns"] >= 2)


def _find_open_states(snapshot: Snapshot) -> Iterator[Violation]:
    for state in snapshot.of_type("thread_state"):
        name = f"thread {_short(state)}"
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


def _find_open_users(snapshot: Snapshot) -> Iterator[Violation]:
    for state in snapshot.of_type("user_state"):
        name = f"user {state['user_id'][:12]}"
        if state["claim"] is not None or not state["idle"] or state["refresh"]:
            yield Violation("stuck", f"{name} has a profile under way")
        elif state["turns"] != state["profiled"]:
            yield Violation("stuck", f"{name} has {state['profiled']} turns in the profile")
    for answer in snapshot.of_type("answer"):
        yield Violation("stuck", f"the answer {answer['id']} of {_short(answer)} was left")


def _find_open_generations(snapshot: Snapshot) -> Iterator[Violation]:
    for state in snapshot.of_type("thread_state"):
        if state["reprocess"] is not None:
            generation = state["reprocess"]["generation"]
            yield Violation("stuck", f"thread {_short(state)} owes generation {generation}")
    for backfill in snapshot.of_type("backfill"):
        if backfill["stage"] not in ("done", "cancelled"):
            yield Violation("stuck", f"{backfill['id'][:16]} is {backfill['stage']}")


def find_violations(
    snapshot: Snapshot, written: Iterable[PlannedTurn], living: Iterable[PlannedTurn]
) -> list[Violation]:
    """Every promise that does not hold in a snapshot of the whole store."""
    turns, there = list(written), list(living)
    return [
        *find_unrest(snapshot, there),
        *_check_ledger(snapshot, there),
        *_check_episodes(snapshot),
        *_check_memories(snapshot),
        *_check_chunk_numbers(snapshot),
        *_check_counters(snapshot),
        *_check_facts(snapshot, turns, there),
        *_check_forgotten(snapshot, turns, there),
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


def _check_ledger(snapshot: Snapshot, living: list[PlannedTurn]) -> Iterator[Violation]:
    """Each turn in exactly one committed chunk of its latest generation, or in the dead letters."""
    committed: Counter[TurnKey] = Counter()
    latest = _find_latest(snapshot)
    for chunk in snapshot.of_type("chunk"):
        thread = (chunk["user_id"], chunk["thread_id"])
        keys = ((*thread, turn_id) for turn_id in chunk["turn_ids"])
        committed.update(key for key in keys if latest[key]["generation"] == chunk["generation"])
        if missing := set(chunk["turn_ids"]) - chunk["outcomes"].keys():
            yield Violation("lost", f"{len(missing)} turns of {_short(chunk)} have no outcome")
    letters = {_turn_key(letter) for letter in snapshot.of_type("dead_letter")}
    for turn in living:
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
    vanished = {_turn_key(mark) for mark in snapshot.of_type("seen") if "vanished" in mark}
    memories = {memory["id"] for memory in snapshot.memories}
    for chunk in snapshot.of_type("chunk"):
        members = {(*_thread_key(chunk), turn_id) for turn_id in chunk["turn_ids"]}
        missing = set(chunk["memory_ids"]) - memories
        if missing and not members & vanished:
            yield Violation("lost", f"{len(missing)} memories of {_short(chunk)} are not there")


def _check_chunk_numbers(snapshot: Snapshot) -> Iterator[Violation]:
    """No run is lost: the chunks of a thread are numbered from one, and the user counted each."""
    chunks: dict[tuple[str, str], set[int]] = defaultdict(set)
    for chunk in snapshot.of_type("chunk"):
        chunks[_thread_key(chunk)].add(chunk["chunk"])
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
    seen = Counter(_thread_key(mark) for mark in snapshot.of_type("seen"))
    closed = Counter(user for user, _, _ in _find_latest(snapshot))
    for document in snapshot.counters:
        if "count" not in document or "type" in document:
            continue
        user = document["user_id"]
        of_user = document["id"].startswith("user:")
        expected = closed[user] if of_user else seen[_thread_key(document)]
        if document["count"] != expected:
            breach: Breach = "lost" if document["count"] < expected else "duplicated"
            name = "a user" if of_user else "a thread"
            yield Violation(breach, f"{name} counts {document['count']} turns, not {expected}")


def _check_facts(
    snapshot: Snapshot, written: list[PlannedTurn], living: list[PlannedTurn]
) -> Iterator[Violation]:
    """Each turn's fact is known once: by its content, and by what it says in whatever words."""
    active = [
        memory
        for memory in snapshot.memories
        if memory["type"] == "fact" and memory.get("superseded_by") is None
    ]
    yield from _check_repetitions(active)
    contents = {(fact["user_id"], _gist(fact["content"])) for fact in active}
    extracted = _find_outcome(snapshot, "extracted")
    for turn in living:
        if turn.fact is None or turn.key not in extracted:
            continue
        if (turn.user_id, _gist(turn.fact)) not in contents:
            yield Violation("lost", f"the fact of turn {turn.number} is not known")
    told = {(turn.user_id, _gist(turn.fact)) for turn in written if turn.fact is not None}
    for _ in contents - told:
        yield Violation("duplicated", "a fact is known that no turn of its user tells")


def _check_forgotten(
    snapshot: Snapshot, written: list[PlannedTurn], living: list[PlannedTurn]
) -> Iterator[Violation]:
    """Of what deleted turns said nothing is left, whether it is active or history."""
    deleted = {turn.key: turn for turn in written}
    for turn in living:
        deleted.pop(turn.key, None)
    numbers = {turn.number for turn in deleted.values() if turn.kind == "unique"}
    for memory in snapshot.memories:
        thread = _thread_key(memory)
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
        (*_thread_key(chunk), turn_id): chunk
        for chunk in sorted(snapshot.of_type("chunk"), key=lambda each: each["chunk"])
        for turn_id in chunk["turn_ids"]
    }


def _turn_key(document: Document) -> TurnKey:
    """The turn that a mark or a dead letter is about."""
    user = document.get("turn_user_id", document["user_id"])
    thread = document.get("turn_thread_id", document["thread_id"])
    return user, thread, document["turn_id"]


def _thread_key(document: Document) -> tuple[str, str]:
    return document["user_id"], document["thread_id"]


def _short(document: Document) -> str:
    return f"{document['user_id'][:12]}/{document['thread_id'][:12]}"
