"""Counting a batch of turns, thread by thread, and saying which threads have work now."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.dead_letters import letter_of_invalid
from shared.domain.errors import ConflictError, StoreUnavailableError, TransientError
from shared.domain.recent import Recent
from shared.domain.thread_state import Cadence, ThreadState, is_due
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ArrivedTurn, RejectedTurn, ThreadKey, group_arrivals
from shared.ports import SILENT, Clock, DeadLetterBox, Source, Telemetry, ThreadLog
from shared.services.container_lifetime import ContainerLifetime

_CONCURRENT_THREADS = 16
_FIRST_PAUSE = 0.2
_log = logging.getLogger("agent_memory.count_turns")


@dataclass(frozen=True, slots=True)
class CountReport:
    """What became of a batch: threads to start, threads counted and failed, turns rejected.

    `opened` counts the turns that wait in the threads to start; `uncounted` are those that failed.
    """

    due: list[ThreadKey]
    counted: int
    failed: int
    rejected: int
    opened: int = 0
    uncounted: list[ThreadKey] = field(default_factory=list[ThreadKey])


class CountTurns:
    """Counts turns that the change feed, or the sweeper's scan, has found."""

    def __init__(
        self,
        threads: ThreadLog,
        letters: DeadLetterBox,
        lifetime: ContainerLifetime,
        clock: Clock,
        cadence: Cadence,
        *,
        patience_seconds: float = 30,
        telemetry: Telemetry = SILENT,
    ) -> None:
        self._threads = threads
        self._letters = letters
        self._lifetime = lifetime
        self._clock = clock
        self._cadence = cadence
        self._patience = patience_seconds
        self._telemetry = telemetry
        self._slots = asyncio.Semaphore(_CONCURRENT_THREADS)
        self._recent: Recent[bool] = Recent(50_000)
        self._rejected: Recent[bool] = Recent(1_000)

    async def run(
        self, documents: Sequence[Mapping[str, Any]], *, skip_recent: bool = False
    ) -> CountReport:
        """Count the turns among the documents; other documents are left alone.

        Turns whose ids cannot be a partition of ours become dead letters.

        Threads are isolated from one another: one that fails for longer than the patience is
        reported, and the sweeper's scan counts its turns later. Only if no thread could be counted
        because the store is out is StoreUnavailableError raised, so that the trigger's retry
        policy holds the batch.

        `skip_recent` leaves out turns that this process counted before, has no patience, and
        raises nothing: it is for the scan, which looks at the same turns again and again.
        """
        arrivals = group_arrivals(documents, await self._lifetime.default_ttl())
        work = [
            (ThreadKey(user_id=user_id, thread_id=thread_id), turns)
            for (user_id, thread_id), found in arrivals.threads.items()
            if (
                turns := self._leave_out_recent(user_id, thread_id, found) if skip_recent else found
            )
        ]
        patience = 0 if skip_recent else self._patience
        source: Source = "scan" if skip_recent else "feed"
        results = await asyncio.gather(
            *(self._count(key, turns, patience, source) for key, turns in work)
        )
        failures = [result for result in results if isinstance(result, Exception)]
        if failures:
            outages = [failure for failure in failures if _is_outage(failure)]
            if len(outages) == len(results) and not skip_recent:
                raise outages[0]
            _log.error(
                "%d of %d threads of a batch were not counted (%s); the sweeper will count them",
                len(failures),
                len(results),
                getattr(failures[0], "code", type(failures[0]).__name__),
            )
        unrecorded = await self._reject(arrivals.rejected)
        due = [result for result in results if isinstance(result, ThreadState)]
        return CountReport(
            due=[ThreadKey(user_id=state.user_id, thread_id=state.thread_id) for state in due],
            counted=len(results) - len(failures),
            failed=len(failures) + unrecorded,
            rejected=len(arrivals.rejected),
            opened=sum(state.pending for state in due),
            uncounted=[
                key
                for (key, _), result in zip(work, results, strict=True)
                if isinstance(result, Exception)
            ],
        )

    async def _reject(self, turns: Sequence[RejectedTurn]) -> int:
        """Record unusable turns as dead letters; 1 if that failed, which the scan tries again."""
        new = [turn for turn in turns if not self._rejected.get(_name(turn))]
        if not new:
            return 0
        at = from_epoch(self._clock.now())
        try:
            await self._letters.record([letter_of_invalid(turn, at) for turn in new])
        except TransientError as error:
            _log.warning("%d dead letters were not stored (%s)", len(new), error.code)
            return 1
        _log.error("%d turns have ids that cannot be used: they are dead letters now", len(new))
        for turn in new:
            self._rejected.put(_name(turn), True)
        return 0

    def _leave_out_recent(
        self, user_id: str, thread_id: str, turns: Sequence[ArrivedTurn]
    ) -> list[ArrivedTurn]:
        recent = self._recent.get
        return [turn for turn in turns if not recent(_write_of(user_id, thread_id, turn))]

    async def _count(
        self, key: ThreadKey, turns: Sequence[ArrivedTurn], patience: float, source: Source
    ) -> ThreadState | Exception | None:
        """The state if the thread has work that nobody is at, else None; the error if it failed."""
        deadline = self._clock.now() + patience
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._slots:
                    counted = await self._threads.count(key, turns)
                break
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one thread, not the others
                if not _is_worth_waiting(error) or self._clock.now() + pause > deadline:
                    return error
            await asyncio.sleep(pause)
            pause *= 2
        self._telemetry.turns_counted(counted.fresh, source)
        state = counted.value
        for turn in turns:
            self._recent.put(_write_of(key.user_id, key.thread_id, turn), True)
        return state if state.idle and is_due(state, self._cadence, self._clock.now()) else None


def _write_of(user_id: str, thread_id: str, turn: ArrivedTurn) -> tuple[str, str, str, int, int]:
    """Names what was seen of a turn; another write, or another lifetime, is worth a look."""
    return user_id, thread_id, turn.turn_id, turn.arrived_at, turn.ttl


def _name(turn: RejectedTurn) -> tuple[str, str, str]:
    return turn.user_id, turn.thread_id, turn.turn_id


def _is_outage(error: Exception) -> bool:
    return isinstance(error, StoreUnavailableError) and error.is_outage


def _is_worth_waiting(error: Exception) -> bool:
    return isinstance(error, ConflictError) or _is_outage(error)
