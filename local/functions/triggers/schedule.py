"""NCRONTAB: `second minute hour day month day-of-week`, in UTC.

The five-field form starts at second 0. A day must match both its day of the month and its day of
the week, as in the NCrontab library (classic cron takes either).
"""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

# 29 February on a given weekday comes round within 28 years, or 40 across a century.
_HORIZON_YEARS = 40


class BadScheduleError(ValueError):
    """A schedule is not NCRONTAB, or it never comes; the message says which part is wrong."""


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    first_name: int = 0


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS, 1),
    _Field("day of week", 0, 6, _DAYS, 0),
)


@dataclass(frozen=True)
class Schedule:
    """The moments at which every field matches."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def next_after(self, moment: datetime) -> datetime:
        """Find the first matching moment after this one.

        Raises:
            BadScheduleError: there is none (such as 30 February).
        """
        start = (moment + timedelta(seconds=1)).replace(microsecond=0)
        on_first_day = self._first_time(start)
        if self._matches_day(start) and on_first_day is not None:
            return on_first_day
        midnight = start.replace(hour=0, minute=0, second=0)
        for _ in range(_HORIZON_YEARS * 366):
            midnight = self._next_candidate_day(midnight)
            if self._matches_day(midnight):
                return midnight.replace(
                    hour=self.hours[0], minute=self.minutes[0], second=self.seconds[0]
                )
            if midnight.year > start.year + _HORIZON_YEARS:
                break
        raise BadScheduleError("the schedule never comes: no such day exists.")

    def _next_candidate_day(self, midnight: datetime) -> datetime:
        if midnight.month in self.months:
            return midnight + timedelta(days=1)
        days_left = calendar.monthrange(midnight.year, midnight.month)[1] - midnight.day
        return midnight + timedelta(days=days_left + 1)

    def _matches_day(self, moment: datetime) -> bool:
        return (
            moment.day in self.days
            and moment.month in self.months
            and moment.isoweekday() % 7 in self.weekdays
        )

    def _first_time(self, start: datetime) -> datetime | None:
        """Find the first matching time of the day that `start` is on, not before it."""
        earliest = (start.hour, start.minute, start.second)
        for hour in self.hours:
            if (hour, 59, 59) < earliest:
                continue
            for minute in self.minutes:
                if (hour, minute, 59) < earliest:
                    continue
                for second in self.seconds:
                    if (hour, minute, second) >= earliest:
                        return start.replace(hour=hour, minute=minute, second=second)
        return None


def parse_schedule(text: str) -> Schedule:
    """Read an NCRONTAB expression.

    Raises:
        BadScheduleError: it has another number of fields, or one of them is wrong.
    """
    parts = text.split()
    if len(parts) == len(_FIELDS) - 1:
        parts.insert(0, "0")
    if len(parts) != len(_FIELDS):
        raise BadScheduleError(
            f"the schedule '{text}' has {len(parts)} fields; NCRONTAB has six: second minute hour "
            "day month day-of-week."
        )
    values = [_parse_field(field, part) for field, part in zip(_FIELDS, parts, strict=True)]
    seconds, minutes, hours, days, months, weekdays = values
    return Schedule(
        tuple(sorted(seconds)),
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(weekdays),
    )


def _parse_field(field: _Field, text: str) -> set[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        step = _parse_step(field, step_text) if slash else 1
        low, high = _parse_span(field, span, open_ended=bool(slash))
        values.update(range(low, high + 1, step))
    return values


def _parse_span(field: _Field, text: str, *, open_ended: bool) -> tuple[int, int]:
    if text == "*":
        return field.low, field.high
    first, dash, last = text.partition("-")
    low = _parse_value(field, first)
    if not dash:
        return low, field.high if open_ended else low
    high = _parse_value(field, last)
    if high < low:
        raise BadScheduleError(f"the {field.name} '{text}' of the schedule runs backwards.")
    return low, high


def _parse_step(field: _Field, text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise BadScheduleError(f"the step '{text}' of the schedule's {field.name} is not a count.")
    return int(text)


def _parse_value(field: _Field, text: str) -> int:
    if text.upper() in field.names:
        return field.names.index(text.upper()) + field.first_name
    if not text.isdecimal() or not field.low <= int(text) <= field.high:
        raise BadScheduleError(
            f"the {field.name} '{text}' of the schedule is not one of {field.low} to {field.high}."
        )
    return int(text)
