"""What must hold of episodes when all is at rest: each turn in one, and each stored once."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.store import Snapshot
from tests.chaos.violations import Violation, thread_key, thread_name, turn_key


def check_episodes(snapshot: Snapshot) -> Iterator[Violation]:
    """Each turn in one episode at most, each episode named by one segment, and there.

    With a turn that was deleted the episodes go that tell of it. What a segment has written that
    was given up stays, and no record names it.
    """
    segments = snapshot.of_type("segment")
    told = Counter(
        (*thread_key(each), turn_id) for each in segments for turn_id in each["turn_ids"]
    )
    for key, times in told.items():
        if times > 1:
            yield Violation("duplicated", f"turn {key[2][:12]} is in {times} episodes")
    named = Counter(
        (*thread_key(each), memory_id) for each in segments for memory_id in each["memory_ids"]
    )
    for (_, _, memory_id), times in named.items():
        if times > 1:
            yield Violation("duplicated", f"{times} segments name the episode {memory_id[:12]}")
    yield from _check_stored(snapshot, named)


def _check_stored(snapshot: Snapshot, named: Counter[tuple[str, str, str]]) -> Iterator[Violation]:
    segments = snapshot.of_type("segment")
    stored = Counter(
        (*thread_key(memory), memory["id"])
        for memory in snapshot.memories
        if memory["type"] == "episodic"
    )
    vanished = {turn_key(mark) for mark in snapshot.of_type("seen") if "vanished" in mark}
    for segment in segments:
        members = {(*thread_key(segment), turn_id) for turn_id in segment["turn_ids"]}
        wanted = {(*thread_key(segment), memory_id) for memory_id in segment["memory_ids"]}
        if (missing := wanted - stored.keys()) and not members & vanished:
            what = f"{len(missing)} episodes of {thread_name(segment)} are not there"
            yield Violation("lost", what)
    given_up = {thread_key(each) for each in segments if each["outcome"] == "given_up"}
    for user, thread, memory_id in stored - named:
        if (user, thread) not in given_up:
            yield Violation("duplicated", f"no segment names the episode {memory_id[:12]}")
