"""Counting a batch of turns, thread by thread, and saying which threads have work now."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import ConflictError, StoreUnavailableError
from shared.domain.recent import Recent
from shared.domain.thread_state import Cadence, ThreadState, is_due
from shared.domain.turns import ArrivedTurn, ThreadKey, group_arrivals
from shared.ports import SILENT, Clock, Counted, Source, Telemetry, ThreadLog
from shared.services.container_lifetime import ContainerLifetime
from shared.services.record_uncounted import RecordUncounted, is_outage, name_cause

_CONCURRENT_THREADS = 16
_FIRST_PAUSE = 0.2
_log = logging.getLogger("agent_memory.count_turns")

type OnDue = Callable[[ThreadKey], Awaitable[None]]


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
        on_due: OnDue | None = None,
    ) -> CountReport:
        """Count the turns among the documents; other documents are left alone.

        Turns whose ids cannot be a partition of ours become dead letters; so do those that nothing
        but their own thread has kept from being counted for too long, see RecordUncounted.give_up.

        Threads are isolated from one another: one that fails for longer than the patience, or is
        not answered that long, is reported, and the sweeper's scan counts its turns later. `on_due`
        is called for each that has work as soon as it is counted. Only if no thread could be
        counted, and the store is out, is StoreUnavailableError raised, so that the trigger's
        retry policy holds the batch.

        `skip_recent` leaves out turns that this process counted before, tries each thread once, and
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
        source: Source = "scan" if skip_recent else "feed"
        results = await asyncio.gather(
            *(self._count(key, turns, source, on_due or _leave_to_caller) for key, turns in work)
        )
        counted = sum(not isinstance(result, Exception) for result in results)
        failed = {
            key: result
            for (key, turns), result in zip(work, results, strict=True)
            if isinstance(result, Exception)
            and not await self._record_uncounted.give_up(key, turns, result, owed_since)
        }
        if failures := list(failed.values()):
            outages = [failure for failure in failures if is_outage(failure)]
            if outages and not counted and not skip_recent:
                raise outages[0]
            _log.error(
                "%d of %d threads of a batch were not counted (%s); the sweeper will count them",
                len(failures),
                len(results),
                name_cause(failures[0]),
            )
        unrecorded = not await self._record_uncounted.reject(arrivals.rejected)
        due = [result for result in results if isinstance(result, ThreadState)]
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
        self, key: ThreadKey, turns: Sequence[ArrivedTurn], source: Source, on_due: OnDue
    ) -> ThreadState | Exception | None:
        """The state if the thread has work that nobody is at, else None; the error if it failed."""
        try:
            counted = await self._insist(key, turns, once=source == "scan")
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one thread, not the others
            return error
        self._telemetry.turns_counted(counted.fresh, source)
        if counted.fresh and source == "scan":
            await self._record_uncounted.take_back(key, [turn.turn_id for turn in turns])
        state = counted.value
        for turn in turns:
            self._recent.put(_write_of(key.user_id, key.thread_id, turn), True)
        if not state.idle or not is_due(state, self._cadence, self._clock.now()):
            return None
        await on_due(key)
        return state

    async def _insist(
        self, key: ThreadKey, turns: Sequence[ArrivedTurn], *, once: bool
    ) -> Counted[ThreadState]:
        """Count, again (unless `once`) where that may help, until the patience is at an end."""
        loop = asyncio.get_running_loop()
        until, pause = 0.0, _FIRST_PAUSE
        while True:
            async with self._slots:
                until = until or loop.time() + self._patience
                try:
                    async with asyncio.timeout_at(until if self._patience else None):
                        return await self._threads.count(key, turns)
                except TimeoutError as error:
                    raise StoreUnavailableError("counting turns in time", 0) from error
                except (ConflictError, StoreUnavailableError) as error:
                    is_final = once or loop.time() + pause > until
                    if is_final or not (isinstance(error, ConflictError) or is_outage(error)):
                        raise
            await asyncio.sleep(pause)
            pause *= 2


async def _leave_to_caller(_: ThreadKey) -> None:
    """The default of `on_due`: whoever called finds the thread in the report."""


def _write_of(user_id: str, thread_id: str, turn: ArrivedTurn) -> tuple[str, str, str, int, int]:
    """Names what was seen of a turn; another write, or another lifetime, is worth a look."""
    return user_id, thread_id, turn.turn_id, turn.arrived_at, turn.ttl
