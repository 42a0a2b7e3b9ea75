"""What must hold of thread summaries when all is at rest: they are there, and cover the thread."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.allowance import Allowance
from tests.chaos.fates import Fates
from tests.chaos.store import Snapshot
from tests.chaos.threads import find_undisturbed
from tests.chaos.violations import Violation, thread_key, thread_name


def check_summaries(snapshot: Snapshot, fates: Fates, allowance: Allowance) -> Iterator[Violation]:
    """A thread that was summarised has its summary, if a turn is left that was not refused.

    Where nothing is refused, and nothing disturbed the thread, it covers all turns and chunks.
    """
    summaries = {
        thread_key(each): each for each in snapshot.summaries if each["type"] == "thread_summary"
    }
    refused: Counter[tuple[str, str]] = Counter()
    for record in snapshot.of_type("run"):
        if "summarize" in record["steps"]:
            refused[thread_key(record)] += record["steps"]["summarize"]["refused"]
    left = Counter(
        turn.thread
        for turn in fates.living
        if not turn.is_short_lived and turn.number not in fates.restored
    )
    begins_late = allowance.refuses or allowance.gives_up
    undisturbed = set() if begins_late else find_undisturbed(snapshot, fates)
    for state in snapshot.of_type("thread_state"):
        thread = thread_key(state)
        if not state["summarized"] or left[thread] <= refused[thread]:
            continue
        if begins_late and state["summary_edition"]:
            continue  # it begins where the one before did, and what is left may be earlier
        name = f"thread {thread_name(state)}"
        if thread not in summaries:
            yield Violation("lost", f"{name} has no summary")
        elif thread in undisturbed:
            covered = summaries[thread]["metadata"]
            if covered["chunks"] != [1, state["chunks"]]:
                yield Violation("lost", f"{name} has a summary of chunks {covered['chunks']}")
            if covered["source_count"] != state["closed"]:
                counted = f"{covered['source_count']} of {state['closed']} turns"
                yield Violation("lost", f"{name} has a summary of {counted}")
