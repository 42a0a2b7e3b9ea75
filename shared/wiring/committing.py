"""The commit of what a thread's steps did with a chunk."""

from shared.domain.thread_state import Cadence
from shared.ports import Clock, Telemetry
from shared.services.close_segments import CloseSegments
from shared.services.commit_thread import CommitThread
from shared.settings import Settings
from shared.wiring.stores import Stores


def build_commit(
    settings: Settings, stores: Stores, clock: Clock, cadence: Cadence, telemetry: Telemetry
) -> CommitThread:
    """The commit of a thread's chunk, and of the segments that it closes."""
    segments = CloseSegments(
        stores.journal,
        stores.turns,
        clock,
        cadence,
        settings.defer_seconds,
    )
    return CommitThread(
        stores.threads,
        stores.users,
        stores.journal,
        stores.citing,
        clock,
        cadence,
        segments,
        settings.defer_seconds,
        telemetry,
    )
