"""The state of processing as an operator reads it."""

from dataclasses import dataclass
from typing import Any

from shared.domain.ledger import Totals
from shared.ports import Clock, VanishingLog, WorkIndex

_RECENT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """Sums over all threads and users, for GET /api/status."""

    index: WorkIndex
    vanishing: VanishingLog
    clock: Clock

    async def run(self) -> dict[str, Any]:
        """Counts of turns by outcome, what is pending and how long, who is at work, who fails."""
        now = self.clock.now()
        totals = await self.index.totals(int(now) - _RECENT_SECONDS)
        walk = (await self.vanishing.load_walk()).value
        return _describe(totals, now) | {"vanished_search_stopped": walk.stopped}


def _describe(totals: Totals, now: float) -> dict[str, Any]:
    age = max(0, int(now) - totals.oldest_pending) if totals.pending else None
    return {
        "turns_counted": totals.arrived,
        "turns_processed": totals.outcomes,
        "pending": totals.pending,
        "dead_letters": totals.dead_letters,
        "vanished": totals.vanished,
        "work": {"threads": totals.busy_threads, "users": totals.busy_users},
        "oldest_pending_seconds": age,
        "failing": totals.failing,
        "processed_per_minute": round(totals.recently_processed * 60 / _RECENT_SECONDS, 1),
    }
