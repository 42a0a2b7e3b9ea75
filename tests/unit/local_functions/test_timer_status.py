"""What a timer finds out at start: the rule of ScheduleMonitor.CheckPastDueAsync, case by case."""

from datetime import UTC, datetime, timedelta

import pytest

from local.functions.triggers.schedule import BadScheduleError
from local.functions.triggers.timer_schedule import (
    ConstantSchedule,
    is_monitored,
    parse_timer_schedule,
)
from local.functions.triggers.timer_status import TimerStatus, check_past_due

NIGHTLY = parse_timer_schedule("0 0 3 * * *")


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2025, 1, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "now", "expected", "is_past_due"),
    [
        # Never seen: nothing was missed, the next run is remembered.
        (None, at(10, 12), TimerStatus(None, at(11, 3), at(10, 12)), False),
        # Ran as planned and is not due.
        (
            TimerStatus(at(10, 3), at(11, 3), at(10, 3)),
            at(10, 12),
            TimerStatus(at(10, 3), at(11, 3), at(10, 3)),
            False,
        ),
        # Due at this very moment is not late.
        (
            TimerStatus(at(10, 3), at(11, 3), at(10, 3)),
            at(11, 3),
            TimerStatus(at(10, 3), at(11, 3), at(10, 3)),
            False,
        ),
        # Missed while nobody ran.
        (
            TimerStatus(at(10, 3), at(11, 3), at(10, 3)),
            at(14, 12),
            TimerStatus(at(10, 3), at(11, 3), at(10, 3)),
            True,
        ),
        # Missed although it has never run: the first start remembered when it would be due.
        (
            TimerStatus(None, at(11, 3), at(10, 12)),
            at(11, 4),
            TimerStatus(None, at(11, 3), at(10, 12)),
            True,
        ),
        # The schedule was changed, and the new one would have been due: counted from now.
        (
            TimerStatus(at(10, 1), at(11, 1), at(10, 1)),
            at(14, 12),
            TimerStatus(None, at(15, 3), at(14, 12)),
            False,
        ),
        # The schedule was changed, and the new one is not due yet.
        (
            TimerStatus(at(10, 4), at(11, 4), at(10, 4)),
            at(10, 12),
            TimerStatus(None, at(11, 3), at(10, 4)),
            False,
        ),
    ],
)
def test_a_missed_run_is_told_from_a_changed_schedule(
    known: TimerStatus | None, now: datetime, expected: TimerStatus, is_past_due: bool
) -> None:
    assert check_past_due(known, NIGHTLY, now) == (expected, is_past_due)


@pytest.mark.parametrize(
    ("schedule", "wanted", "expected"),
    [
        ("0 0 3 * * *", True, True),
        ("0 0 3 * * *", False, False),
        ("0 * * * * *", True, True),
        ("*/30 * * * * *", True, False),
        ("0,59 0 3 * * *", True, True),
        ("00:01:00", True, True),
        ("00:00:59", True, False),
    ],
)
def test_a_timer_that_is_due_more_than_once_a_minute_is_not_monitored(
    schedule: str, wanted: bool, expected: bool
) -> None:
    assert is_monitored(parse_timer_schedule(schedule), wanted, at(10, 12)) is expected


def test_a_schedule_may_be_a_length_of_time() -> None:
    assert parse_timer_schedule("1.12:30:00") == ConstantSchedule(timedelta(hours=36, minutes=30))
    assert parse_timer_schedule("00:05").next_after(at(1)) == at(1) + timedelta(minutes=5)


@pytest.mark.parametrize("text", ["00:00:00", "24:00:00", "00:61:00", "a:b:c", "-00:01:00"])
def test_a_length_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadScheduleError, match="schedule"):
        parse_timer_schedule(text)
