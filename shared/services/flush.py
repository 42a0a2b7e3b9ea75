"""Asking for everything that is open, now: tails, summaries, profiles."""

from dataclasses import dataclass, field

from shared.domain.errors import ConflictError
from shared.domain.thread_state import Cadence, ThreadState
from shared.domain.turns import ThreadKey
from shared.ports import ThreadLog, UserLog, WorkIndex

_ATTEMPTS = 6


@dataclass(slots=True)
class FlushReport:
    """The threads and users that have something to do now."""

    threads: list[ThreadKey] = field(default_factory=list)
    users: list[str] = field(default_factory=list)


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
        async for page in self.index.threads_with_work():
            for state in page:
                if user_id is None or state.user_id == user_id:
                    key = ThreadKey(user_id=state.user_id, thread_id=state.thread_id)
                    await self.mark_thread(key, refresh=True)
                    report.threads.append(key)
        async for page in self.index.users_with_work():
            for user in page:
                if user_id is None or user.user_id == user_id:
                    await self.mark_user(user.user_id)
                    report.users.append(user.user_id)
        return report

    async def mark_thread(self, key: ThreadKey, *, refresh: bool) -> None:
        """Want the thread's open turns in a chunk; with `refresh` its summary up to date too."""
        for _ in range(_ATTEMPTS):
            stored = await self.threads.load(key, fresh=True)
            if stored is None:
                return
            try:
                await self.threads.save(self._flushed(stored.value, refresh), stored.etag)
                return
            except ConflictError:
                continue
        raise ConflictError("conflict: a thread's state is written too often by others; try again")

    def _flushed(self, state: ThreadState, refresh: bool) -> ThreadState:
        wanted = {"flush_to": state.arrived}
        if refresh and self.cadence.summarize_every:
            wanted["refresh_to"] = state.arrived
        return state.model_copy(update=wanted)

    async def mark_user(self, user_id: str) -> None:
        """Want the user's profile up to date, if it lags behind the committed turns."""
        for _ in range(_ATTEMPTS):
            stored = await self.users.load(user_id)
            if stored is None or not self.cadence.profile_every:
                return
            if stored.value.refresh or stored.value.turns <= stored.value.profiled:
                return
            try:
                await self.users.save(
                    stored.value.model_copy(update={"refresh": True}), stored.etag
                )
                return
            except ConflictError:
                continue
        raise ConflictError("conflict: a user's state is written too often by others; try again")
