"""The sweeper: what neither trigger nor orchestration can look after by itself."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass

from shared.domain.errors import TransientError
from shared.domain.scanning import ScanMark
from shared.domain.thread_state import Cadence, ThreadState, has_unsettled_segments, is_due
from shared.domain.turns import ThreadKey
from shared.domain.user_state import UserState, is_abandoned, is_profile_due
from shared.ports import BackfillLog, Clock, TurnReader, WorkIndex
from shared.services.count_turns import CountTurns
from shared.services.flush import Flush, FlushReport

_log = logging.getLogger("agent_memory.sweep")

# A thread that goes on after a flush is likely to go on again: its next tail is given this many
# times the silence to grow, or a slow conversation would cost a call for every pair of turns.
_RESUMED = 5


@dataclass(frozen=True, slots=True)
class SweepTimes:
    """When the sweeper acts, in seconds.

    Silence before a tail and a summary are flushed (0: never), the age of a stale run, where the
    scan for unseen turns ends before now and begins before its last end, and how long it may take.
    """

    idle_flush: float
    idle_summary: float
    stale: float
    scan_grace: float
    scan_overlap: float
    scan_budget: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """Finds idle tails, lagging summaries and profiles, what is stranded, and unseen turns."""

    index: WorkIndex
    turns: TurnReader
    backfills: BackfillLog
    count_turns: CountTurns
    flush: Flush
    clock: Clock
    cadence: Cadence
    times: SweepTimes
    most_starts: int

    async def run(self) -> FlushReport:
        """The threads, users and backfills to start now, each once.

        At most so many threads and users.

        What cannot be read, marked or started now is left to the next sweep, and holds nothing
        else up: a backlog is worked off at a bounded rate beside the turns that come in.
        """
        report = FlushReport()
        pages = self.index.threads_with_work(
            summaries=self.cadence.summarize_every > 0, episode_turns=self.cadence.episode_turns
        )
        async for page in pages:
            for state in page:
                report.open.add(state)
                if await self._try(self._needs_start(state)):
                    key = ThreadKey(user_id=state.user_id, thread_id=state.thread_id)
                    report.threads.append(key)
        async for page in self.index.users_with_work(
            profiles=self.cadence.has_user_steps, rules=self.cadence.procedures_every > 0
        ):
            for user in page:
                if await self._try(self._user_needs_start(user)):
                    report.users.append(user.user_id)
        await self._try(self._find_stranded(report.backfills))
        await self._try(self._scan_unseen(report.threads))
        report.threads = list(dict.fromkeys(report.threads))[: self.most_starts]
        report.users = report.users[: self.most_starts]
        return report

    async def _try(self, step: Awaitable[bool]) -> bool:
        try:
            return await step
        except TransientError as error:
            _log.warning("a part of the sweep failed (%s); the next sweep tries again", error.code)
            return False

    async def _needs_start(self, state: ThreadState) -> bool:
        now = self.clock.now()
        if not state.idle:
            return now - state.written_at > self.times.stale
        silence = now - state.last_arrival
        key = ThreadKey(user_id=state.user_id, thread_id=state.thread_id)
        lags = state.arrived > state.summarized and self.cadence.summarize_every > 0
        unsettled = has_unsettled_segments(state, self.cadence)
        if self.times.idle_summary and silence > self.times.idle_summary and (lags or unsettled):
            untold_summary = lags and state.refresh_to < state.arrived
            if untold_summary or (unsettled and state.settle_to < state.arrived):
                await self.flush.mark_thread(key, refresh=True)
                return True
        elif self.times.idle_flush and silence > self.times.idle_flush:
            untold = state.summarized_to == 0 and lags
            if not untold and state.flush_to and silence <= _RESUMED * self.times.idle_flush:
                return is_due(state, self.cadence, now)
            waiting = state.pending or untold or state.segments
            if waiting and state.flush_to < state.arrived:
                await self.flush.mark_thread(key, refresh=False)
                return True
        return is_due(state, self.cadence, now)

    async def _user_needs_start(self, state: UserState) -> bool:
        now = self.clock.now()
        if not state.idle:
            return now - state.written_at > self.times.stale
        if is_abandoned(state, self.cadence):
            return True
        silence = now - state.last_arrival
        first = self.times.idle_flush if state.profiled == 0 else self.times.idle_summary
        if first and silence > first and not state.refresh and state.turns > state.profiled:
            await self.flush.mark_user(state.user_id)
            return self.cadence.has_user_steps
        return is_profile_due(state, self.cadence, now)

    async def _find_stranded(self, found: list[str]) -> bool:
        """Add the backfills under way that nobody has moved for a while; whether there are any."""
        now = self.clock.now()
        found += [
            each.id
            for each in await self.backfills.list_all()
            if not each.has_ended and now - each.written_at > self.times.stale
        ]
        return bool(found)

    async def _scan_unseen(self, due: list[ThreadKey]) -> bool:
        """Count turns that the trigger never saw, and add their threads to `due`.

        The first scan of a store begins at its oldest turn: whatever was written before this app
        ran, or while it was told to leave turns alone, is found. Where the mark was set by a clock
        ahead of the store's the scan begins before it. The mark moves page by page, and only after
        the page is counted; a scan that takes too long goes on at the next sweep. What cannot be
        counted holds nothing else up: the mark says from where on it is owed, and the next scan
        begins there.
        Whether all is counted is returned.
        """
        now = self.clock.now()
        until = int(now - self.times.scan_grace)
        mark = (await self.index.load_scan_mark()).bounded(self.times.scan_grace)
        start = mark.start_of_next(self.times.scan_overlap)
        owed, since = 0 if mark.complete else mark.owed_from, mark.owed_since
        async for page in self.turns.scan(start, until):
            report = await self.count_turns.run(page, skip_recent=True, owed_since=since)
            due += report.due
            reached = int(page[-1]["_ts"]) if page else 0
            if report.failed:
                owed, since = owed or int(page[0]["_ts"]), since or now
            is_long = self.clock.now() - now > self.times.scan_budget
            if reached > mark.until or (is_long and reached > start):
                mark = ScanMark(until=reached, complete=False, owed_from=owed, owed_since=since)
                await self.index.save_scan_mark(mark)
                if is_long:
                    return False
        since = since if owed else 0.0
        if until > mark.until or not mark.complete or owed != mark.owed_from:
            reached = max(until, mark.until)
            await self.index.save_scan_mark(
                ScanMark(until=reached, owed_from=owed, owed_since=since)
            )
        return not owed
