"""Sentences are verbatim pieces of a turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.model.language.sentences import split_sentences


def split(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("I live here. I work there.", ["I live here.", "I work there."]),
        ("i moved to oslo. i like it there", ["i moved to oslo.", "i like it there"]),
        ("Dr. Silva sees me at 9 a.m. on Mondays.", ["Dr. Silva sees me at 9 a.m. on Mondays."]),
        ("My rent is 1.200 euros. Really!", ["My rent is 1.200 euros.", "Really!"]),
        ("They don't. We do.", ["They don't.", "We do."]),
        ("Well... maybe so. Yes!", ["Well... maybe so.", "Yes!"]),
        ('She said "stop!" and left.', ['She said "stop!" and left.']),
        ("I like tea.\n- I hate coffee", ["I like tea.", "I hate coffee"]),
        ("Look! [shares a photo of a dog. It runs.] Nice.", ["Look!", "Nice."]),
        ("Run `pip install x. Now.` please.", ["Run", "please."]),
        ("", []),
    ],
)
def test_text_is_split_where_a_reader_would_split_it(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


@given(st.text(max_size=300))
def test_every_sentence_is_a_verbatim_piece_of_its_text(text: str) -> None:
    position = 0
    for sentence in split(text):
        assert sentence.strip()
        position = text.index(sentence, position) + len(sentence)


def test_a_question_is_known_by_its_mark() -> None:
    assert [sentence.is_question for sentence in split_sentences('Do you? "Really?" Yes.')] == [
        True,
        True,
        False,
    ]
