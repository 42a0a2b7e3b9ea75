"""The state of processing as an operator reads it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from shared.domain.ledger import Totals
from shared.ports import Clock, FeedWatch, VanishingLog, WorkIndex

_RECENT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """Sums over all threads and users, for GET /api/status."""

    index: WorkIndex
    vanishing: VanishingLog
    feed: FeedWatch
    clock: Clock

    async def run(self) -> dict[str, Any]:
        """Counts of turns by outcome, what waits and how long, who is at work, who fails.

        `feed_lag_seconds` is how long the oldest turn has waited to be counted. It grows while the
        trigger stands still, until the sweeper's scan counts the turn; 0 if none waits.
        """
        now = self.clock.now()
        totals, mark, walk = await asyncio.gather(
            self.index.totals(int(now) - _RECENT_SECONDS, int(now)),
            self.index.load_scan_mark(),
            self.vanishing.load_walk(),
        )
        waits_since = await self.feed.oldest_uncounted(mark.counted_to)
        return _describe(totals, now) | {
            "feed_lag_seconds": max(0, int(now) - waits_since) if waits_since else 0,
            "vanished_search_stopped": walk.value.stopped,
        }


def _describe(totals: Totals, now: float) -> dict[str, Any]:
    age = max(0, int(now) - totals.oldest_pending) if totals.oldest_pending else None
    return {
        "turns_counted": totals.arrived,
        "turns_processed": totals.outcomes,
        "pending": totals.pending,
        "dead_letters": totals.dead_letters,
        "vanished": totals.vanished,
        "work": {"threads": totals.busy_threads, "users": totals.busy_users},
        "over_token_budget": {"threads": totals.put_off_threads},
        "oldest_pending_seconds": age,
        "failing": totals.failing,
        "processed_per_minute": round(totals.recently_processed * 60 / _RECENT_SECONDS, 1),
    }
