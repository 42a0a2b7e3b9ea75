from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.timestamps import format_timestamp, from_epoch, parse_timestamp

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9000, 1, 1))  # noqa: DTZ001
AWARE = st.builds(lambda moment, zone: moment.replace(tzinfo=zone), MOMENTS, ZONES)


@given(AWARE)
def test_every_moment_is_written_in_utc_with_its_offset_and_read_back(moment: datetime) -> None:
    text = format_timestamp(moment)
    assert text.endswith("+00:00")
    assert parse_timestamp(text) == moment


@given(first=AWARE.map(lambda m: m.replace(microsecond=0)), second=AWARE)
def test_texts_of_whole_seconds_sort_as_their_moments(first: datetime, second: datetime) -> None:
    second = second.replace(microsecond=0)
    as_text = format_timestamp(first) < format_timestamp(second)
    assert as_text == (first < second)


@given(MOMENTS)
def test_a_moment_without_a_zone_is_in_utc(moment: datetime) -> None:
    assert format_timestamp(moment) == format_timestamp(moment.replace(tzinfo=UTC))
    assert parse_timestamp(moment.isoformat()) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-07-01T10:00:00Z", "2026-07-01T10:00:00+00:00"),
        ("2026-07-01T12:00:00.5+02:00", "2026-07-01T10:00:00.500000+00:00"),
        (" 2026-07-01 ", "2026-07-01T00:00:00+00:00"),
    ],
)
def test_what_clients_write_is_understood(text: str, written: str) -> None:
    moment = parse_timestamp(text)
    assert moment is not None
    assert format_timestamp(moment) == written


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "1764000000"]
)
def test_what_names_no_moment_is_none(text: str | None) -> None:
    assert parse_timestamp(text) is None


@given(st.text(max_size=40))
def test_reading_any_text_fails_softly(text: str) -> None:
    moment = parse_timestamp(text)
    assert moment is None or moment.tzinfo is UTC


def test_unix_time_is_written_as_a_document_carries_it() -> None:
    assert from_epoch(0) == "1970-01-01T00:00:00+00:00"
    assert from_epoch(1_764_000_000.25) == "2025-11-24T16:00:00.250000+00:00"
