"""Timer triggers: one task for each, so that a timer never overlaps with itself."""

import asyncio
import json
import logging
from datetime import UTC, datetime

from local.functions.triggers.retry import invoke_with_retry
from local.functions.triggers.schedule import BadScheduleError, Schedule, parse_schedule
from local.functions.worker.functions import Function, FunctionInError
from local.functions.worker.messages import TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Timer")

# A sleep this long at most, so that a clock that was set or a laptop that slept is noticed.
_LONGEST_SLEEP_SECONDS = 30.0

_PAST_DUE_SECONDS = 1.0


class TimerTrigger:
    """One timer function and its schedule.

    Raises:
        FunctionInError: the schedule is not NCRONTAB, or never comes.
    """

    def __init__(self, worker: Worker, function: Function) -> None:
        self._worker = worker
        self._function = function
        try:
            self._schedule: Schedule = parse_schedule(str(function.trigger.get("schedule", "")))
            self._schedule.next_after(datetime.now(UTC))
        except BadScheduleError as error:
            raise FunctionInError(function.name, str(error)) from error

    async def run(self) -> None:
        """Fire for ever. A time that passed while the function ran is skipped, not made up for."""
        last = datetime.now(UTC)
        if self._function.trigger.get("runOnStartup"):
            await self._fire(last, is_past_due=False)
        while True:
            due = self._schedule.next_after(datetime.now(UTC))
            await self._sleep_until(due)
            late = (datetime.now(UTC) - due).total_seconds()
            await self._fire(last, is_past_due=late > _PAST_DUE_SECONDS)
            last = due

    async def _sleep_until(self, due: datetime) -> None:
        # An event could not tell that the wall clock was set.
        while (left := (due - datetime.now(UTC)).total_seconds()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, _LONGEST_SLEEP_SECONDS))

    async def _fire(self, last: datetime, *, is_past_due: bool) -> None:
        now = datetime.now(UTC)
        value = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": last.isoformat(),
                "LastUpdated": now.isoformat(),
                "Next": self._schedule.next_after(now).isoformat(),
            },
            "IsPastDue": is_past_due,
        }
        await invoke_with_retry(self._worker, self._function, TypedData(json=json.dumps(value)))
