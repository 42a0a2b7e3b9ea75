"""Regular expressions of queries: what they find, and that they take neither for ever nor all."""

import time

import pytest

from local.cosmos.errors import CosmosError
from local.cosmos.sql.matching import MATCHING_SECONDS, limited_matching, matches

ENDLESS = "^(a|a)*$", "a" * 40 + "!"


@pytest.mark.parametrize(
    ("pattern", "modifiers", "text", "found"),
    [
        ("^b.d$", "", "a\nb\nd", False),
        ("^b.d$", "m", "a\nbcd", True),
        ("a.b", "", "a\nb", False),
        ("a.b", "s", "a\nb", True),
        ("ABC", "", "abc", False),
        ("ABC", "i", "abc", True),
        ("a b # c", "", "ab", False),
        ("a b # c", "x", "ab", True),
        ("A . b", "ixs", "a\nb", True),
        ("a", "q", "a", None),
        ("(", "", "a", None),
        ("a{3}", "", "aaa", True),
        (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", "", "2026-01-01T00:00:00", True),
        ("(a{100}){100}", "", "a" * 10_000, True),
    ],
)
def test_a_pattern_means_what_its_modifiers_say(
    pattern: str, modifiers: str, text: str, *, found: bool | None
) -> None:
    assert matches(pattern, modifiers, text) is found


@pytest.mark.parametrize(
    ("pattern", "modifiers"),
    [
        ("((((a{100}){100}){100}){100})", ""),
        ("(((a|b){100,}){100}){100}", ""),
        ("((a{1000})(?#so often){1000})", ""),
        ("((a{1000}) # so often \n {1000})", "x"),
        ("(a{1000}) {1000}", "x"),
        ("(a{99999999999999999999})", ""),
        ("(" * 5000 + ")" * 5000, ""),
    ],
)
def test_a_pattern_that_repetitions_make_too_large_is_none(pattern: str, modifiers: str) -> None:
    assert matches(pattern, modifiers, "a") is None


def test_searches_share_the_time_that_they_may_take() -> None:
    started = time.thread_time()
    with limited_matching():
        for _ in range(20):
            with pytest.raises(CosmosError, match="REGEXMATCH takes too long"), limited_matching():
                matches(ENDLESS[0], "", ENDLESS[1])
    assert time.thread_time() - started < 3 * MATCHING_SECONDS


def test_one_that_took_too_long_leaves_the_next_its_time() -> None:
    for _ in range(2):
        with pytest.raises(CosmosError, match="REGEXMATCH"), limited_matching():
            matches(ENDLESS[0], "", ENDLESS[1])
        with limited_matching():
            assert matches("a+", "", "xa") is True
