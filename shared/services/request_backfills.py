"""Asking for backfills, looking at them, and stopping them."""

from dataclasses import dataclass
from typing import Any

from shared.domain.backfill import CANCELLED, Backfill, BackfillRequest, end_backfill
from shared.domain.timestamps import from_epoch
from shared.ports import BackfillLog, Clock
from shared.services.conflicts import retry_conflicts


@dataclass(frozen=True, slots=True)
class RequestBackfills:
    """What an operator does with backfills."""

    log: BackfillLog
    clock: Clock

    async def begin(self, request: BackfillRequest) -> dict[str, Any]:
        """The backfill of the request, as describe_all has it; one under way is `joined`."""
        backfill, is_new = await self.log.begin(request, self.clock.now())
        return {**_describe(backfill), "joined": not is_new}

    async def describe_all(self, backfill_id: str | None = None) -> list[dict[str, Any]]:
        """The backfills of the last month, newest first, or one of them; without their threads."""
        found = await self.log.list_all()
        return [_describe(each) for each in found if backfill_id in (None, each.id)]

    async def cancel(self, backfill_id: str | None = None) -> int:
        """Stop a backfill, or all that are under way; how many. What they have begun goes on."""
        running = [each for each in await self.log.list_all() if not each.has_ended]
        chosen = [each for each in running if backfill_id in (None, each.id)]
        for backfill in chosen:
            await self._cancel(backfill.id)
        return len(chosen)

    async def _cancel(self, backfill_id: str) -> None:
        await retry_conflicts("a backfill", lambda _: self._try_cancel(backfill_id))

    async def _try_cancel(self, backfill_id: str) -> bool:
        stored = await self.log.load(backfill_id)
        if stored is not None and not stored.value.has_ended:
            cancelled = end_backfill(stored.value, CANCELLED, from_epoch(self.clock.now()))
            await self.log.save(cancelled, stored.etag)
        return True


def _describe(backfill: Backfill) -> dict[str, Any]:
    """A backfill as an operator reads it; times are ISO 8601 in UTC."""
    request = backfill.request
    return {
        "id": backfill.id,
        "stage": backfill.stage,
        "user_id": request.user_id,
        "since": from_epoch(request.since) if request.since else None,
        "reprocess": request.reprocess,
        "threads": backfill.threads,
        "turns": backfill.turns,
        "threads_at_work": len(backfill.busy),
        "threads_not_counted": len(backfill.passed),
        "started_at": backfill.started_at,
        "ended_at": backfill.ended_at or None,
    }
