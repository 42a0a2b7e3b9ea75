"""Telling telemetry what is open, from what the sweeper reads anyway."""

from dataclasses import dataclass

from shared.domain.thread_state import ThreadState
from shared.ports import Backlog, Clock, FeedWatch, Telemetry, WorkIndex


@dataclass(slots=True)
class OpenThreads:
    """Sums over the threads that a sweep has read."""

    pending: int = 0
    busy: int = 0

    def add(self, state: ThreadState) -> None:
        """Add a thread."""
        self.busy += state.busy
        self.pending += max(0, state.pending)


@dataclass(frozen=True, slots=True)
class TellBacklog:
    """Completes the sums of a sweep with cheap questions; asks nothing if nobody listens."""

    index: WorkIndex
    feed: FeedWatch
    telemetry: Telemetry
    clock: Clock

    async def run(self, threads: OpenThreads) -> None:
        """Tell the gauges."""
        if not self.telemetry.is_on:
            return
        oldest = await self.index.oldest_pending() if threads.pending else 0
        letters = await self.index.count_dead_letters()
        mark = await self.index.load_scan_mark()
        waits_since = await self.feed.oldest_uncounted(mark.counted_to)
        now = self.clock.now()
        self.telemetry.backlog_seen(
            Backlog(
                pending=threads.pending,
                oldest_pending=_age(oldest, now),
                threads_busy=threads.busy,
                dead_letters=letters,
                feed_lag=_age(waits_since, now),
            )
        )


def _age(moment: int, now: float) -> float:
    return max(0.0, now - moment) if moment else 0.0
