"""Date functions. A date is text in the form 2026-07-01T10:00:00.1234567Z, always UTC.

A tick is 100 nanoseconds, counted from 1970-01-01 as the service's functions do.
"""

import re
import time
from calendar import monthrange
from datetime import UTC, datetime, timedelta

from local.cosmos.sql.comparison import whole_number
from local.cosmos.sql.functions.registry import scalar
from local.cosmos.values import UNDEFINED, Value

TICKS_PER_SECOND = 10_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_TEXT = "1970-01-01T00:00:00.0000000Z"
_EARLIEST_BIN_START = -11_644_473_600 * TICKS_PER_SECOND  # 1601-01-01, where Windows begins
_LENGTH = len("0001-01-01T00:00:00.0000000Z")
_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?Z?)?", re.ASCII)
_UNIT_TICKS = {
    "day": 86400 * TICKS_PER_SECOND,
    "hour": 3600 * TICKS_PER_SECOND,
    "minute": 60 * TICKS_PER_SECOND,
    "second": TICKS_PER_SECOND,
    "millisecond": TICKS_PER_SECOND // 1000,
    "microsecond": 10,
}
_UNIT_NAMES = {
    "year": "year", "yyyy": "year", "yy": "year", "month": "month", "mm": "month", "m": "month",
    "day": "day", "dd": "day", "d": "day", "hour": "hour", "hh": "hour", "minute": "minute",
    "mi": "minute", "n": "minute", "second": "second", "ss": "second", "s": "second",
    "millisecond": "millisecond", "ms": "millisecond", "microsecond": "microsecond",
    "mcs": "microsecond", "nanosecond": "nanosecond", "ns": "nanosecond",
}  # fmt: skip


def _ticks_of(text: Value) -> int | None:
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    fields = [int(part or 0) for part in match.groups()[:6]]
    try:
        moment = datetime(*fields[:3], *fields[3:6], tzinfo=UTC)  # type: ignore[arg-type]
    except ValueError:
        return None
    seconds = int((moment - _EPOCH).total_seconds())
    return seconds * TICKS_PER_SECOND + int((match[7] or "0").ljust(7, "0"))


def _text_of(ticks: int) -> Value:
    seconds, rest = divmod(ticks, TICKS_PER_SECOND)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return UNDEFINED
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:07d}Z".rjust(_LENGTH, "0")


def _now_ticks() -> int:
    return time.time_ns() // 100


# The static ones are the same for all rows of a query; here a query is one moment anyway.
@scalar("GETCURRENTDATETIMESTATIC", 0)
@scalar("GETCURRENTDATETIME", 0)
def _current_date_time() -> Value:
    return _text_of(_now_ticks())


@scalar("GETCURRENTTIMESTAMPSTATIC", 0)
@scalar("GETCURRENTTIMESTAMP", 0)
def _current_timestamp() -> Value:
    return time.time_ns() // 1_000_000


@scalar("GETCURRENTTICKSSTATIC", 0)
@scalar("GETCURRENTTICKS", 0)
def _current_ticks() -> Value:
    return _now_ticks()


@scalar("DATETIMETOTICKS", 1)
def _date_time_to_ticks(text: Value) -> Value:
    ticks = _ticks_of(text)
    return UNDEFINED if ticks is None else ticks


@scalar("DATETIMETOTIMESTAMP", 1)
def _date_time_to_timestamp(text: Value) -> Value:
    ticks = _ticks_of(text)
    return UNDEFINED if ticks is None else ticks // 10_000


@scalar("TICKSTODATETIME", 1)
def _ticks_to_date_time(ticks: Value) -> Value:
    whole = whole_number(ticks)
    return UNDEFINED if whole is None else _text_of(whole)


@scalar("TIMESTAMPTODATETIME", 1)
def _timestamp_to_date_time(milliseconds: Value) -> Value:
    whole = whole_number(milliseconds)
    return UNDEFINED if whole is None else _text_of(whole * 10_000)


@scalar("DATETIMEFROMPARTS", 3, 7)
def _date_time_from_parts(*parts: Value) -> Value:
    """Year, month, day, hour, minute, second and ticks of the second; what is missing is 0."""
    numbers = [number for part in parts if (number := whole_number(part)) is not None]
    if len(numbers) < len(parts):
        return UNDEFINED
    year, month, day, hour, minute, second, ticks = numbers + [0] * (7 - len(numbers))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, OverflowError):
        return UNDEFINED
    if not 0 <= ticks < TICKS_PER_SECOND:
        return UNDEFINED
    return _text_of(int((moment - _EPOCH).total_seconds()) * TICKS_PER_SECOND + ticks)


@scalar("DATETIMEBIN", 2, 4)
def _date_time_bin(text: Value, part: Value, size: Value = 1, start: Value = _EPOCH_TEXT) -> Value:
    """A date rounded down to a multiple of some days or less, counted from a start."""
    ticks, unit, first, width = _ticks_of(text), _unit(part), _ticks_of(start), whole_number(size)
    if ticks is None or first is None or width is None or width <= 0:
        return UNDEFINED
    if first < _EARLIEST_BIN_START or unit in (None, "year", "month"):
        return UNDEFINED
    step = width * _UNIT_TICKS[unit] if unit in _UNIT_TICKS else max(1, width // 100)
    return _text_of(first + (ticks - first) // step * step)


def _unit(name: Value) -> str | None:
    return _UNIT_NAMES.get(name.lower()) if isinstance(name, str) else None


@scalar("DATETIMEADD", 3)
def _date_time_add(part: Value, count: Value, text: Value) -> Value:
    unit, ticks = _unit(part), _ticks_of(text)
    steps = whole_number(count)
    if unit is None or ticks is None or steps is None:
        return UNDEFINED
    if unit in ("year", "month"):
        return _add_months(ticks, steps * 12 if unit == "year" else steps)
    return _text_of(ticks + (steps // 100 if unit == "nanosecond" else steps * _UNIT_TICKS[unit]))


def _add_months(ticks: int, months: int) -> Value:
    seconds, rest = divmod(ticks, TICKS_PER_SECOND)
    moment = _EPOCH + timedelta(seconds=seconds)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return UNDEFINED
    day = min(moment.day, monthrange(year, month + 1)[1])
    moved = moment.replace(year=year, month=month + 1, day=day)
    return _text_of(int((moved - _EPOCH).total_seconds()) * TICKS_PER_SECOND + rest)


@scalar("DATETIMEDIFF", 3)
def _date_time_diff(part: Value, start: Value, end: Value) -> Value:
    unit, first, last = _unit(part), _ticks_of(start), _ticks_of(end)
    if unit is None or first is None or last is None:
        return UNDEFINED
    if unit in ("year", "month"):
        begin, finish = (_EPOCH + timedelta(microseconds=ticks // 10) for ticks in (first, last))
        years = finish.year - begin.year
        return years if unit == "year" else years * 12 + finish.month - begin.month
    if unit == "nanosecond":
        return (last - first) * 100
    size = _UNIT_TICKS[unit]
    return last // size - first // size  # counts the borders crossed


@scalar("DATETIMEPART", 2)
def _date_time_part(part: Value, text: Value) -> Value:
    unit, ticks = _unit(part), _ticks_of(text)
    if unit is None or ticks is None:
        return UNDEFINED
    fraction = ticks % TICKS_PER_SECOND
    if unit in ("millisecond", "microsecond", "nanosecond"):
        return {"millisecond": fraction // 10_000, "microsecond": fraction // 10}.get(
            unit, fraction * 100
        )
    moment = _EPOCH + timedelta(seconds=ticks // TICKS_PER_SECOND)
    return int(getattr(moment, unit))
