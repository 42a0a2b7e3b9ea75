"""What the counters must say when all is at rest: numbers of distinct turns."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.fates import Fates
from tests.chaos.foreign_counter import OWNER, count_additions
from tests.chaos.ledger_invariants import find_latest
from tests.chaos.store import Snapshot
from tests.chaos.violations import Breach, Violation, thread_key, turn_key

_USERS = "__counters__"


def check_counters(snapshot: Snapshot) -> Iterator[Violation]:
    """Counts are numbers of distinct turns: of a thread those seen, of a user those committed.

    The app's own totals always are. A public counter is what its last writer has made of it: after
    an in-process client it says whatever that client says, and the app adds nothing to that.
    """
    seen = Counter(thread_key(mark) for mark in snapshot.of_type("seen"))
    closed = Counter(user for user, _, _ in find_latest(snapshot))
    for state in snapshot.of_type("thread_state"):
        yield from _compare("the state of a thread", state["arrived"], seen[thread_key(state)])
    for state in snapshot.of_type("user_state"):
        yield from _compare("the state of a user", state["turns"], closed[state["user_id"]])
    for document in snapshot.counters:
        if "count" not in document or "type" in document:
            continue
        yield from _compare("by adding blindly the app", count_additions(document), 0)
        if document["last_owner"] == OWNER:
            continue
        if document["id"].startswith("user:"):
            yield from _compare("a user", document["count"], closed[document["user_id"]])
        else:
            yield from _compare("a thread", document["count"], seen[thread_key(document)])


def check_presence(snapshot: Snapshot) -> Iterator[Violation]:
    """Every thread with a mark or a chunk, and every user with a chunk, has its counters."""
    chunks = snapshot.of_type("chunk")
    threads = {thread_key(each) for each in (*snapshot.of_type("seen"), *chunks)}
    users = {chunk["user_id"] for chunk in chunks}
    public = [each for each in snapshot.counters if "count" in each and "type" not in each]
    counted_threads = {thread_key(each) for each in public if each["thread_id"] != _USERS}
    counted_users = {each["user_id"] for each in public if each["thread_id"] == _USERS}
    kept_threads = {thread_key(state) for state in snapshot.of_type("thread_state")}
    kept_users = {state["user_id"] for state in snapshot.of_type("user_state")}
    for what, there in (("counter", counted_threads), ("state", kept_threads)):
        for user, thread in threads - there:
            yield Violation("lost", f"thread {user[:12]}/{thread[:12]} has no {what}")
    for what, there in (("counter", counted_users), ("state", kept_users)):
        for user in users - there:
            yield Violation("lost", f"user {user[:12]} has no {what}")


def check_marks(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """What is remembered of a turn outlives it: else an update would have it processed again."""
    lifetimes = {turn_key(mark): mark.get("ttl", -1) for mark in snapshot.of_type("seen")}
    for turn in fates.living:
        if 0 <= lifetimes.get(turn.key, -1) <= turn.lifetime:
            yield Violation("duplicated", f"the mark of turn {turn.number} goes before the turn")


def _compare(name: str, count: int, expected: int) -> Iterator[Violation]:
    if count != expected:
        breach: Breach = "lost" if count < expected else "duplicated"
        yield Violation(breach, f"{name} counts {count} turns, not {expected}")
