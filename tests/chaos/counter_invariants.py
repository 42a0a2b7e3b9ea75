"""What the counters must say when all is at rest: numbers of distinct turns."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.fates import Fates
from tests.chaos.foreign_counter import OWNER, count_additions
from tests.chaos.ledger_invariants import find_latest
from tests.chaos.store import Snapshot
from tests.chaos.violations import Breach, Violation, thread_key, turn_key


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
