import pytest

from local.cosmos.execution.bm25 import full_text_scores
from local.cosmos.sql.operators import like_pattern
from local.cosmos.sql.ranking import dense_ranks
from local.cosmos.sql.words import has_phrase, words_of
from local.cosmos.values import UNDEFINED


def test_equal_scores_share_a_rank_and_undefined_comes_last() -> None:
    assert dense_ranks([0.5, 0.9, 0.5, UNDEFINED, 0.1], descending=True) == [2, 1, 2, 4, 3]
    assert dense_ranks([0.5, 0.9, 0.5], descending=False) == [1, 2, 1]
    assert dense_ranks([UNDEFINED], descending=True) == [1]


def test_bm25_prefers_rare_terms_short_texts_and_many_hits() -> None:
    texts = ["tea", "tea tea tea", "coffee and tea and milk and sugar", "milk", None]
    scores = full_text_scores(texts, ["tea"])
    assert scores[4] is None
    assert scores[3] == 0
    numbers = [score or 0 for score in scores]
    assert numbers[1] > numbers[0] > numbers[2] > 0
    rare = full_text_scores(texts, ["coffee"])[2]
    assert rare is not None
    assert rare > numbers[2]


def test_a_term_of_several_words_is_a_phrase() -> None:
    scores = full_text_scores(["green tea", "tea green", "green black tea"], ["Green Tea"])
    assert [bool(score) for score in scores] == [True, False, False]


def test_words_are_runs_of_letters_and_digits_in_lower_case() -> None:
    assert words_of("It's 100% Ünï-code_2, 日本") == ("it", "s", "100", "ünï", "code", "2", "日本")
    assert has_phrase(words_of("a b c"), ("b", "c"))
    assert not has_phrase(words_of("a b c"), ("a", "c"))
    assert not has_phrase(words_of("a b c"), ())


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("%", "", True),
        ("a_c", "abc", True),
        ("a_c", "ac", False),
        ("a%c", "a\n\nc", True),
        ("a.c", "abc", False),
        ("[]", "[]", True),
        ("[a-c]x", "bx", True),
        ("[^a-c]x", "bx", False),
        ("50!%", "50%", True),
        ("50!%", "500", False),
        ("(a|b)", "a", False),
    ],
)
def test_like_patterns(pattern: str, text: str, matches: bool) -> None:
    assert bool(like_pattern(pattern, "!").fullmatch(text)) is matches
