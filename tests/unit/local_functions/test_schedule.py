"""NCRONTAB against a plain reading of it: try every second until all six fields match."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.functions.triggers.schedule import BadScheduleError, parse_schedule

NOON = datetime(2025, 1, 31, 12, 0, 0, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("*/30 * * * * *", NOON, "2025-01-31T12:00:30"),
        ("0 */5 * * * *", NOON, "2025-01-31T12:05:00"),
        ("0 0 3 * * *", NOON, "2025-02-01T03:00:00"),
        ("0 0 12 * * *", NOON, "2025-02-01T12:00:00"),
        ("15 30 9 * * MON-FRI", NOON, "2025-02-03T09:30:15"),
        ("0 0 0 29 2 *", NOON, "2028-02-29T00:00:00"),
        ("0 0 0 1 JAN *", NOON, "2026-01-01T00:00:00"),
        ("0 0 0 13 * 5", NOON, "2025-06-13T00:00:00"),
        ("0 0 8-10/2 * * *", NOON, "2025-02-01T08:00:00"),
        ("5,50 59 23 31 12 *", NOON, "2025-12-31T23:59:05"),
        ("*/5 * * * *", NOON, "2025-01-31T12:05:00"),
        ("10/20 * * * * *", NOON, "2025-01-31T12:00:10"),
        ("* * * * * *", NOON.replace(microsecond=999_999), "2025-01-31T12:00:01"),
    ],
)
def test_the_next_time_is_the_first_that_matches(text: str, after: datetime, expected: str) -> None:
    assert parse_schedule(text).next_after(after) == datetime.fromisoformat(expected + "Z")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "0 fields"),
        ("* * *", "3 fields"),
        ("* * * * * * *", "7 fields"),
        ("60 * * * * *", "second '60'"),
        ("0 x * * * *", "minute 'x'"),
        ("0 0 5-3 * * *", "hour '5-3'"),
        ("0 0 0 0 * *", "day '0'"),
        ("0 0 0 * 13 *", "month '13'"),
        ("0 0 0 * * 7", "day of week '7'"),
        ("*/0 * * * * *", "step '0'"),
        ("1,,2 * * * * *", "second ''"),
    ],
)
def test_what_is_not_ncrontab_is_refused_by_its_part(text: str, named: str) -> None:
    with pytest.raises(BadScheduleError) as error:
        parse_schedule(text)
    assert named in str(error.value)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(BadScheduleError, match="never comes"):
        parse_schedule("0 0 0 30 2 *").next_after(NOON)


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    span = st.tuples(value, value).map(lambda pair: f"{min(pair)}-{max(pair)}")
    step = st.integers(1, 9).map(lambda n: f"*/{n}")
    return st.one_of(st.just("*"), value.map(str), span, step)


def list_values(text: str, low: int, high: int) -> set[int]:
    span, _, step = text.partition("/")
    if span == "*":
        return set(range(low, high + 1, int(step or 1)))
    first, _, last = span.partition("-")
    return set(range(int(first), int(last or first) + 1))


@given(
    second=fields(0, 59),
    minute=fields(0, 59),
    hour=fields(0, 23),
    weekday=fields(0, 6),
    offset=st.integers(0, 10**8),
)
def test_nothing_between_two_times_matches(
    second: str, minute: str, hour: str, weekday: str, offset: int
) -> None:
    after = NOON + timedelta(seconds=offset)
    found = parse_schedule(f"{second} {minute} {hour} * * {weekday}").next_after(after)
    assert found > after

    def matches(moment: datetime) -> bool:
        return (
            moment.second in list_values(second, 0, 59)
            and moment.minute in list_values(minute, 0, 59)
            and moment.hour in list_values(hour, 0, 23)
            and moment.isoweekday() % 7 in list_values(weekday, 0, 6)
        )

    assert matches(found)
    nearest = max(after + timedelta(seconds=1), found - timedelta(minutes=10))
    gap = int((found - nearest).total_seconds())
    assert not any(matches(nearest + timedelta(seconds=n)) for n in range(gap))
