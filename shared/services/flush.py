"""Asking for everything that is open, now: tails, summaries, episodes, profiles."""

from collections.abc import Awaitable
from dataclasses import dataclass, field

from shared.domain.errors import TransientError
from shared.domain.thread_state import Cadence, ThreadState, has_unsettled_segments
from shared.domain.turns import ThreadKey
from shared.ports import ThreadLog, UserLog, WorkIndex
from shared.services.conflicts import retry_conflicts
from shared.services.tell_backlog import OpenThreads


@dataclass(slots=True)
class FlushReport:
    """The threads and users that have something to do now, and how many could not be marked.

    `backfills` are the ids of those that nobody moves, which only a sweep looks for; `open` sums up
    all threads that were looked at.
    """

    threads: list[ThreadKey] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    backfills: list[str] = field(default_factory=list)
    failed: int = 0
    open: OpenThreads = field(default_factory=OpenThreads)

    async def attempt(self, mark: Awaitable[object]) -> bool:
        """Whether a mark could be made; one that could not does not hold the others up."""
        try:
            await mark
        except TransientError:
            self.failed += 1
            return False
        return True


@dataclass(frozen=True, slots=True)
class Flush:
    """Marks work as wanted without waiting for a cadence."""

    threads: ThreadLog
    users: UserLog
    index: WorkIndex
    cadence: Cadence

    async def run(self, user_id: str | None = None) -> FlushReport:
        """Flush all users, or one: every counted turn into a chunk, summary and profile."""
        report = FlushReport()
        pages = self.index.threads_with_work(
            summaries=self.cadence.summarize_every > 0, episode_turns=self.cadence.episode_turns
        )
        async for page in pages:
            for state in page:
                if user_id is None or state.user_id == user_id:
                    key = ThreadKey(user_id=state.user_id, thread_id=state.thread_id)
                    if await report.attempt(self.mark_thread(key, refresh=True)):
                        report.threads.append(key)
        users = {key.user_id for key in report.threads}
        async for page in self.index.users_with_work(
            profiles=self.cadence.has_user_steps, reconciles=self.cadence.reconcile_every > 0
        ):
            users |= {user.user_id for user in page if user_id in (None, user.user_id)}
        # After the threads: what they commit from here on finds the wish for a profile.
        for name in sorted(users):
            if await report.attempt(self.mark_user(name)):
                report.users.append(name)
        return report

    async def mark_thread(self, key: ThreadKey, *, refresh: bool) -> None:
        """Want the thread's open turns in a chunk; with `refresh` summary and episodes too."""
        await retry_conflicts("a thread's state", lambda _: self._try_mark(key, refresh))

    async def _try_mark(self, key: ThreadKey, refresh: bool) -> bool:
        stored = await self.threads.load(key, fresh=True)
        if stored is None:
            return False
        wanted = self._flushed(stored.value, refresh)
        if wanted != stored.value:
            await self.threads.save(wanted, stored.etag)
        return True

    def _flushed(self, state: ThreadState, refresh: bool) -> ThreadState:
        wanted = {"flush_to": state.arrived}
        if refresh and (state.pending or has_unsettled_segments(state, self.cadence)):
            wanted["settle_to"] = state.arrived if self.cadence.episode_every else 0
        if refresh and self.cadence.summarize_every:
            wanted["refresh_to"] = state.arrived
        return state.model_copy(update=wanted)

    async def mark_user(self, user_id: str) -> None:
        """Want the user's profile up to date once the threads that are flushed are committed."""
        if self.cadence.has_user_steps:
            await self.users.request_refresh(user_id)
