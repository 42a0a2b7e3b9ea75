"""Lengths of time as .NET writes them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.functions.time_spans import BadTimeSpanError, format_time_span, parse_time_span


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10_000)))
def test_what_is_written_is_read_back(length: timedelta) -> None:
    assert parse_time_span(format_time_span(length)) == length


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:05:00", 300), ("1.00:00:00", 86_400), ("0:0:1", 1), ("00:00:00.5", 0.5)],
)
def test_every_form_is_read(text: str, seconds: float) -> None:
    assert parse_time_span(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "5 minutes", "00:60:00", "24:00:00", "-00:01:00", "::"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadTimeSpanError, match="00:05:00"):
        parse_time_span(text)


def test_a_length_is_written_as_dotnet_does() -> None:
    assert format_time_span(timedelta(minutes=5)) == "00:05:00"
    assert format_time_span(timedelta(days=1, seconds=1)) == "1.00:00:01"
    assert format_time_span(timedelta(milliseconds=500)) == "00:00:00.5000000"
