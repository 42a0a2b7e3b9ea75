"""Timer triggers: one task for each, so that a timer never overlaps with itself.

As TimerListener of azure-webjobs-sdk-extensions: after a restart a missed run is made up for once,
and only that run is past due; a run that is due while the function still runs follows at once.
"""

import asyncio
import contextlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

from local.functions.triggers.retry import RetryAbandonedError, invoke_with_retry
from local.functions.triggers.schedule import BadScheduleError
from local.functions.triggers.timer_schedule import (
    TimerSchedule,
    is_monitored,
    parse_timer_schedule,
)
from local.functions.triggers.timer_status import TimerStatus, TimerStatuses, check_past_due
from local.functions.worker.functions import Function, FunctionInError
from local.functions.worker.messages import TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Timer")

# A sleep this long at most, so that a clock that was set or a laptop that slept is noticed.
_LONGEST_SLEEP_SECONDS = 30.0


class TimerTrigger:
    """One timer function and its schedule.

    Raises:
        FunctionInError: the schedule is neither NCRONTAB nor a length of time, or never comes.
    """

    def __init__(self, worker: Worker, function: Function, statuses: TimerStatuses) -> None:
        self._worker = worker
        self._function = function
        self._statuses = statuses
        try:
            self._schedule: TimerSchedule = parse_timer_schedule(
                str(function.trigger.get("schedule", ""))
            )
        except BadScheduleError as error:
            raise FunctionInError(function.name, str(error)) from error
        wants_monitor = function.trigger.get("useMonitor") is not False
        self._is_monitored = is_monitored(self._schedule, wants_monitor, _now())
        self._status: TimerStatus | None = None
        self._finishing = asyncio.Event()

    def finish_soon(self) -> None:
        """Let a run under way end, and begin no other."""
        self._finishing.set()

    @property
    def name(self) -> str:
        """The function's name."""
        return self._function.name

    async def run(self) -> None:
        """Fire until told to finish."""
        known = self._statuses.get(self.name) if self._is_monitored else None
        status, is_past_due = check_past_due(known, self._schedule, _now())
        self._keep(status)
        with contextlib.suppress(RetryAbandonedError):
            if is_past_due:
                logger.info("Function '%s' is past due on startup. Executing now.", self.name)
                status = await self._fire(status, _now(), is_past_due=True)
            elif self._function.trigger.get("runOnStartup"):
                status = await self._fire(status, _now())
            while await self._wait_until(status.next):
                status = await self._fire(status, max(_now(), status.next))

    def make_value(self, _given: Any = None) -> TypedData:
        """Make the trigger's value for a run by hand; it has no input."""
        return self._make_value(self._status, is_past_due=False)

    async def _fire(
        self, status: TimerStatus, moment: datetime, *, is_past_due: bool = False
    ) -> TimerStatus:
        value = self._make_value(status, is_past_due=is_past_due)
        await invoke_with_retry(self._worker, self._function, value, self._finishing)
        following = TimerStatus(moment, self._schedule.next_after(moment), moment)
        self._keep(following)
        return following

    def _keep(self, status: TimerStatus) -> None:
        self._status = status
        if self._is_monitored:
            self._statuses.put(self.name, status)

    def _make_value(self, status: TimerStatus | None, *, is_past_due: bool) -> TypedData:
        value = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status.as_json() if status and self._is_monitored else None,
            "IsPastDue": is_past_due,
        }
        return TypedData(json=json.dumps(value))

    async def _wait_until(self, due: datetime) -> bool:
        """Wait for a moment; False when told to finish before."""
        while (left := (due - _now()).total_seconds()) > 0 and not self._finishing.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LONGEST_SLEEP_SECONDS)):
                    await self._finishing.wait()
        return not self._finishing.is_set()


def _now() -> datetime:
    return datetime.now(UTC)
