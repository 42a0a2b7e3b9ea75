"""Lengths of time as .NET writes them: `[d.]hh:mm:ss[.fffffff]`."""

import re
from datetime import timedelta

_TIME_SPAN = re.compile(
    r"(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>[0-5]?\d)"
    r"(?::(?P<seconds>[0-5]?\d)(?:\.(?P<fraction>\d{1,7}))?)?"
)


class BadTimeSpanError(ValueError):
    """A text is not a length of time; the message says so."""


def parse_time_span(text: str) -> timedelta:
    """Read a length of time.

    Raises:
        BadTimeSpanError: it is written otherwise.
    """
    match = _TIME_SPAN.fullmatch(text.strip())
    if match is None or int(match["hours"]) > 23:
        raise BadTimeSpanError(f"'{text}' is not a length of time such as 00:05:00.")
    return timedelta(
        days=int(match["days"] or 0),
        hours=int(match["hours"]),
        minutes=int(match["minutes"]),
        seconds=int(match["seconds"] or 0),
        microseconds=int((match["fraction"] or "0").ljust(7, "0")) // 10,
    )


def format_time_span(length: timedelta) -> str:
    """Write a length of time as .NET does; fractions of a second only where there are any."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{length.days}." if length.days else ""
    fraction = f".{length.microseconds:06}0" if length.microseconds else ""
    return f"{days}{hours:02}:{minutes:02}:{seconds:02}{fraction}"
