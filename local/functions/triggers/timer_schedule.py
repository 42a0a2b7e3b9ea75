"""The schedule of a timer trigger: NCRONTAB, or a length of time between two runs (hh:mm:ss)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from local.functions.time_spans import BadTimeSpanError, parse_time_span
from local.functions.triggers.schedule import BadScheduleError, parse_schedule

_MINUTE = timedelta(minutes=1)


class TimerSchedule(Protocol):
    """When a timer is due."""

    def next_after(self, moment: datetime) -> datetime:
        """Find the first time after this moment."""
        ...


@dataclass(frozen=True)
class ConstantSchedule:
    """Due again and again after the same length of time, counted from the last run."""

    period: timedelta

    def next_after(self, moment: datetime) -> datetime:
        """Add the period."""
        return moment + self.period


def parse_timer_schedule(text: str) -> TimerSchedule:
    """Read either form.

    Raises:
        BadScheduleError: it is neither, or it never comes.
    """
    if ":" not in text:
        schedule = parse_schedule(text)
        schedule.next_after(datetime.now(UTC))
        return schedule
    try:
        period = parse_time_span(text)
    except BadTimeSpanError as error:
        raise BadScheduleError(f"the schedule {error}") from error
    if not period:
        raise BadScheduleError(f"the schedule '{text}' has no length.")
    return ConstantSchedule(period)


def is_monitored(schedule: TimerSchedule, wants_monitor: bool, now: datetime) -> bool:
    """Say whether missed runs of a timer are looked for after a restart (useMonitor).

    Not for a timer that is due more than once in the coming minute: TimerSchedule.Create of
    azure-webjobs-sdk-extensions turns it off.
    """
    if isinstance(schedule, ConstantSchedule):
        return wants_monitor and schedule.period >= _MINUTE
    second = schedule.next_after(schedule.next_after(now))
    return wants_monitor and second > now + _MINUTE
