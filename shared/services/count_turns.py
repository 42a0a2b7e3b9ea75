"""Counting a batch of turns, thread by thread, and saying which threads have work now."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import ConflictError
from shared.domain.recent import Recent
from shared.domain.thread_state import Cadence, ThreadState, is_due
from shared.domain.turns import ArrivedTurn, ThreadKey, group_arrivals
from shared.ports import SILENT, Clock, Source, Telemetry, ThreadLog
from shared.services.container_lifetime import ContainerLifetime
from shared.services.record_uncounted import RecordUncounted, is_outage, name_cause

_CONCURRENT_THREADS = 16
_FIRST_PAUSE = 0.2
_log = logging.getLogger("agent_memory.count_turns")


@dataclass(frozen=True, slots=True)
class CountReport:
    """What became of a batch: threads to start, threads counted and failed, turns rejected.

    `opened` counts the turns that wait in the threads to start; `uncounted` are the threads that
    failed, save those all of whose turns in the batch are dead letters now.
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
        record_uncounted: RecordUncounted,
        lifetime: ContainerLifetime,
        clock: Clock,
        cadence: Cadence,
        *,
        patience_seconds: float = 30,
        telemetry: Telemetry = SILENT,
    ) -> None:
        self._threads = threads
        self._record_uncounted = record_uncounted
        self._lifetime = lifetime
        self._clock = clock
        self._cadence = cadence
        self._patience = patience_seconds
        self._telemetry = telemetry
        self._slots = asyncio.Semaphore(_CONCURRENT_THREADS)
        self._recent: Recent[bool] = Recent(50_000)

    async def run(
        self,
        documents: Sequence[Mapping[str, Any]],
        *,
        skip_recent: bool = False,
        owed_since: float = 0.0,
    ) -> CountReport:
        """Count the turns among the documents; other documents are left alone.

        Turns whose ids cannot be a partition of ours become dead letters; so do those that nothing
        but their own thread has kept from being counted for too long, see RecordUncounted.give_up.

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
        failed = {
            key: result
            for (key, turns), result in zip(work, results, strict=True)
            if isinstance(result, Exception)
            and not await self._record_uncounted.give_up(key, turns, result, owed_since)
        }
        if failures := list(failed.values()):
            outages = [failure for failure in failures if is_outage(failure)]
            if len(outages) == len(results) and not skip_recent:
                raise outages[0]
            _log.error(
                "%d of %d threads of a batch were not counted (%s); the sweeper will count them",
                len(failures),
                len(results),
                name_cause(failures[0]),
            )
        unrecorded = not await self._record_uncounted.reject(arrivals.rejected)
        due = [result for result in results if isinstance(result, ThreadState)]
        counted = sum(not isinstance(result, Exception) for result in results)
        return CountReport(
            due=[ThreadKey(user_id=state.user_id, thread_id=state.thread_id) for state in due],
            counted=counted,
            failed=len(failures) + unrecorded,
            rejected=len(arrivals.rejected),
            opened=sum(state.pending for state in due),
            uncounted=list(failed),
        )

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
        if counted.fresh and source == "scan":
            await self._record_uncounted.take_back(key, [turn.turn_id for turn in turns])
        state = counted.value
        for turn in turns:
            self._recent.put(_write_of(key.user_id, key.thread_id, turn), True)
        return state if state.idle and is_due(state, self._cadence, self._clock.now()) else None


def _write_of(user_id: str, thread_id: str, turn: ArrivedTurn) -> tuple[str, str, str, int, int]:
    """Names what was seen of a turn; another write, or another lifetime, is worth a look."""
    return user_id, thread_id, turn.turn_id, turn.arrived_at, turn.ttl


def _is_worth_waiting(error: Exception) -> bool:
    return isinstance(error, ConflictError) or is_outage(error)
