"""One step of a backfill: look who is at rest, wait, or read the next page and let it begin."""

from dataclasses import dataclass, field

from shared.domain.backfill import (
    COUNTING,
    DONE,
    REOPENING,
    SETTLING,
    Backfill,
    Pace,
    end_backfill,
    pause_before_next,
    wait_or_pass,
)
from shared.domain.messages import BackfillStep
from shared.domain.thread_state import EXTRACT, SUMMARIZE, Cadence, is_due
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ThreadKey
from shared.ports import BackfillLog, Clock, ThreadLog, TurnReader
from shared.services.begin_generation import BeginGeneration
from shared.services.count_turns import CountTurns

_THREADS_A_PAGE = 20
_SECONDS_A_PAGE = 10.0


@dataclass(slots=True)
class Page:
    """What a page has set going: the backfill after it, its threads, and its turns."""

    backfill: Backfill
    due: list[ThreadKey] = field(default_factory=list)
    turns: int = 0


@dataclass(frozen=True, slots=True)
class RunBackfill:
    """Works a backfill off at its pace.

    Its document moves after the effect, so that a page that was cut off is done again, which
    changes nothing: turns are counted once, and a thread is told of a generation once.
    """

    log: BackfillLog
    threads: ThreadLog
    turns: TurnReader
    count_turns: CountTurns
    begin_generation: BeginGeneration
    clock: Clock
    cadence: Cadence
    pace: Pace

    async def run(self, backfill_id: str) -> tuple[BackfillStep, list[ThreadKey]]:
        """How the backfill goes on, and the threads to start now.

        ConflictError if it was cancelled or worked on by somebody else at the same time.
        """
        stored = await self.log.load(backfill_id)
        if stored is None or stored.value.has_ended:
            return BackfillStep(done=True, pause_seconds=0), []
        now = self.clock.now()
        busy = [key for key in stored.value.busy if await self._is_at_work(key, now)]
        backfill = stored.value.model_copy(update={"busy": busy})
        pause = pause_before_next(backfill, self.pace, now)
        page = Page(backfill)
        if not pause:
            page = await self._read_page(backfill)
            pause = pause_before_next(page.backfill, self.pace, now)
        await self.log.save(page.backfill, stored.etag)
        step = BackfillStep(
            done=page.backfill.has_ended,
            pause_seconds=pause,
            turns=page.turns,
            threads=len(page.due),
        )
        return step, page.due

    async def _is_at_work(self, key: ThreadKey, now: float) -> bool:
        """Whether the thread has something to do at once; one that waits after a failure has not.

        Its pause may be an hour, and the sweeper ends it.
        """
        stored = await self.threads.load(key, fresh=True)
        if stored is None:
            return False
        state = stored.value
        waits = state.waits(EXTRACT, now) or state.waits(SUMMARIZE, now)
        return not waits and (not state.idle or is_due(state, self.cadence, now))

    async def _read_page(self, backfill: Backfill) -> Page:
        if backfill.stage == REOPENING:
            page = await self._reopen_page(backfill)
        elif backfill.stage == COUNTING:
            page = await self._count_page(backfill)
        else:
            return Page(end_backfill(backfill, DONE, from_epoch(self.clock.now())))
        before = page.backfill
        busy = dict.fromkeys([*before.busy, *page.due])
        moved = {
            "busy": list(busy),
            "threads": before.threads + len(page.due),
            "turns": before.turns + page.turns,
            "resume_at": max(
                before.resume_at, self.clock.now() + self.pace.pause_after(page.turns)
            ),
        }
        page.backfill = before.model_copy(update=moved)
        return page

    async def _reopen_page(self, backfill: Backfill) -> Page:
        """Tell threads of the generation until the page's turns, or the slots, are used up."""
        room = min(_THREADS_A_PAGE, self.pace.threads - len(backfill.busy))
        user_id, since = backfill.request.user_id, backfill.request.since
        keys = await self.log.next_threads(user_id, backfill.after, room)
        if not keys:
            return Page(backfill.model_copy(update={"stage": COUNTING}))
        page = Page(backfill)
        for key in keys:
            state = await self.begin_generation.run(key, backfill.generation, since)
            if state.reprocess is not None:
                page.due.append(key)
                page.turns += state.closed
            page.backfill = backfill.model_copy(update={"after": key})
            if page.turns >= self.pace.turns_at_once:
                break
        return page

    async def _count_page(self, backfill: Backfill) -> Page:
        """Count turns never seen, by the second in which the store wrote them.

        A page ends with a whole second: many turns may have been written in one. It goes on over
        turns that are counted already, for some seconds. Where a thread is not counted it waits for
        some minutes, and then goes on without it.
        """
        since, until = backfill.scanned_to, backfill.until
        page = Page(backfill)
        began = self.clock.now()
        scan = self.turns.scan(
            since, until, user_id=backfill.request.user_id, page_size=self.pace.turns_at_once
        )
        async for documents in scan:
            report = await self.count_turns.run(documents, skip_recent=True)
            page.due += report.due
            page.turns += report.opened
            page.backfill, goes_on = wait_or_pass(page.backfill, report.uncounted, self.clock.now())
            if not goes_on:
                return page
            reached = int(documents[-1]["_ts"]) if documents else since
            is_long = self.clock.now() - began > _SECONDS_A_PAGE
            if reached > since and (page.due or is_long):
                page.backfill = page.backfill.model_copy(
                    update={"scanned_to": reached, "failing_since": 0.0}
                )
                return page
        page.backfill = page.backfill.model_copy(update={"stage": SETTLING})
        return page
