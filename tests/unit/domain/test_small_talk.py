import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.small_talk import is_trivial
from shared.domain.turns import Turn


def said(content: str) -> Turn:
    return Turn(id="a", role="user", content=content, created_at="2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "   ",
        "...",
        "👍",
        "Hi!",
        "hello there",
        "THANKS so much!!",
        "You're welcome",
        "Ok, great.",
        "good morning",
        "haha wow",
        "you’re welcome",
        "bye",
    ],
)
def test_small_talk_is_not_worth_a_model_call(content: str) -> None:
    assert is_trivial(said(content))


@pytest.mark.parametrize(
    "content",
    [
        "yes",
        "no",
        "sure",
        "Hi, I am Ana",
        "42",
        "日本",
        "thanks, but I hate tea",
        "not great",
        "I'm vegan",
        "ok " * 9,
    ],
)
def test_anything_that_may_hold_a_memory_is_kept(content: str) -> None:
    assert not is_trivial(said(content))


@given(st.text(max_size=30), st.sampled_from(["vegan", "Ana", "7", "nein"]))
def test_one_word_that_is_no_small_talk_is_enough_to_keep_a_turn(before: str, word: str) -> None:
    assert not is_trivial(said(f"{before} {word}"))
