"""What the ledger's records of runs must say when all is at rest: none is missing."""

from collections import defaultdict
from collections.abc import Iterator

from tests.chaos.fates import Fates
from tests.chaos.store import Snapshot
from tests.chaos.threads import find_undisturbed
from tests.chaos.violations import Breach, Violation, thread_key, thread_name
from tests.chaos.workload import Document

_USERS = "__counters__"


def check_runs(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """Each committed run of a user has its record, and so has the last of a thread's summaries.

    The summaries of a thread that nothing disturbed cover each of its turns once.
    """
    records: defaultdict[tuple[str, str], dict[str, Document]] = defaultdict(dict)
    for record in snapshot.of_type("run"):
        records[thread_key(record)][record["name"]] = record
    for state in snapshot.of_type("user_state"):
        expected = {f"run:{number}" for number in range(1, state["runs"] + 1)}
        for name in sorted(expected - records[state["user_id"], _USERS].keys()):
            yield Violation("lost", f"user {state['user_id'][:12]} has no record of {name}")
    undisturbed = find_undisturbed(snapshot, fates)
    for state in snapshot.of_type("thread_state"):
        if not state["summarized"]:
            continue
        of_thread = records[thread_key(state)]
        name = f"summary:{state['summary_edition']}:{state['done_to'].get('summarize', 0)}"
        if name not in of_thread:
            yield Violation("lost", f"thread {thread_name(state)} has no record of {name}")
        folded = sum(each["steps"]["summarize"]["count"] for each in of_thread.values())
        if thread_key(state) in undisturbed and folded != state["summarized"]:
            breach: Breach = "lost" if folded < state["summarized"] else "duplicated"
            what = f"thread {thread_name(state)} has {folded} turns in the records of summaries"
            yield Violation(breach, f"{what}, not {state['summarized']}")
