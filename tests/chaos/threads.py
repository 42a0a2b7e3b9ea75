"""Threads of which the plainest is promised: nothing happened to their turns but to be written."""

from tests.chaos.fates import Fates
from tests.chaos.store import Snapshot
from tests.chaos.violations import thread_key


def find_undisturbed(snapshot: Snapshot, fates: Fates) -> set[tuple[str, str]]:
    """The threads all of whose turns are there and were there all the time, in one chunk each.

    None was opened again, for a retry or a generation, and no summary was begun anew.
    """
    disturbed = {
        turn.thread
        for turn in fates.written
        if turn.is_short_lived or turn.number in fates.restored
    }
    disturbed |= {turn.thread for turn in (*fates.deleted, *fates.expired, *fates.unsettled)}
    disturbed |= {thread_key(mark) for mark in snapshot.of_type("seen") if "reopened" in mark}
    return {
        thread_key(state)
        for state in snapshot.of_type("thread_state")
        if not state["generation"] and not state["summary_edition"]
    } - disturbed
