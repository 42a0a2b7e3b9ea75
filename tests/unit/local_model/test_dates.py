"""Dates told from the day of speaking become absolute."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.model.language.dates import resolve_dates

THURSDAY = date(2023, 7, 6)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I went yesterday", "I went on 5 July 2023"),
        ("I went the day before yesterday", "I went on 4 July 2023"),
        ("I slept badly last night", "I slept badly on the night of 5 July 2023"),
        ("I called this morning", "I called on the morning of 6 July 2023"),
        ("I fly tomorrow evening", "I fly on the evening of 7 July 2023"),
        ("I went two days ago", "I went on 4 July 2023"),
        ("I moved about three weeks ago", "I moved around 15 June 2023"),
        ("I moved two weekends ago", "I moved on the weekend of 17 June 2023"),
        ("I quit a couple of months ago", "I quit in May 2023"),
        ("I quit ten years ago", "I quit in 2013"),
        ("I went last Friday", "I went on 30 June 2023"),
        ("I went last Thursday", "I went on 29 June 2023"),
        ("I went last Tues", "I went on 4 July 2023"),
        ("I went on Monday", "I went on 3 July 2023"),
        ("I'm going on Monday", "I'm going on 10 July 2023"),
        ("I will go next Thursday", "I will go on 13 July 2023"),
        ("I need it by Friday", "I need it by 7 July 2023"),
        ("I booked a table for Friday evening", "I booked a table for the evening of 7 July 2023"),
        ("I ran last weekend", "I ran on the weekend of 1 July 2023"),
        ("I'm hiking this weekend", "I'm hiking on the weekend of 8 July 2023"),
        ("I ran last week", "I ran in the week of 26 June 2023"),
        ("I start next month", "I start in August 2023"),
        ("I have lived here since last year", "I have lived here since 2022"),
        ("I moved last winter", "I moved in the winter of 2022"),
        ("I'm moving next summer", "I'm moving in the summer of 2024"),
        ("I'm going in June", "I'm going in June 2024"),
        ("I went in June", "I went in June 2023"),
        ("I went in August", "I went in August 2022"),
        ("I was there on May 5th", "I was there on 5 May 2023"),
        ("I will be there on the 5th of May", "I will be there on 5 May 2024"),
        ("I'm leaving in two days", "I'm leaving on 8 July 2023"),
    ],
)
def test_a_phrase_becomes_the_date_that_it_means(said: str, meant: str) -> None:
    assert resolve_dates(said, THURSDAY).text == meant


@pytest.mark.parametrize(
    "said",
    [
        "I learned it in two weeks",
        "I swim every Friday",
        "I cook on Friday nights",
        "I hate Monday meetings",
        "I was born on 5 May 1984",
        "I started in June 2019",
        "I read yesterday's paper",
        "I have been ill the last week",
        "I may go",
        "I march in line",
        "I paid on the 31st of June",
    ],
)
def test_what_is_no_date_or_already_one_stays(said: str) -> None:
    resolved = resolve_dates(said, THURSDAY)
    assert resolved.text == said
    assert resolved.phrases == ()


def test_the_replaced_phrases_are_told() -> None:
    resolved = resolve_dates("I flew in last Friday and leave next month", THURSDAY)
    assert resolved.phrases == ("last Friday", "next month")


@given(st.text(max_size=60), st.dates())
def test_no_text_and_no_day_is_too_odd(text: str, day: date) -> None:
    for phrase in ("", " a thousand years ago", " 999 years ago", " yesterday", " next year"):
        resolve_dates(text + phrase, day)
