"""Near texts lie near."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.model.embeddings import embed_text

EXPECTED = [-0.3215, 0.4767, 0.4635, 0.0, 0.0344, -0.0754, 0.006, -0.6691]


def cosine(first: str, second: str) -> float:
    return float(embed_text(first, 1536) @ embed_text(second, 1536))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The user likes green tea.", "The user really enjoys green tea"),
        ("The user prefers window seats.", "Which window seat does the user prefer?"),
        ("The user lives in Hamburg.", "the user moved to Hamburg"),
        ("The user is allergic to peanuts.", "a peanut allergy: allergic to peanuts"),
    ],
)
def test_texts_that_share_words_are_near(first: str, second: str) -> None:
    assert cosine(first, second) > 0.5


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The user likes green tea.", "The user works as an architect."),
        ("The user lives in Hamburg.", "The agent booked a table for two."),
        ("What is the budget for the trip?", "Emil plays chess on Sundays."),
    ],
)
def test_texts_without_a_common_word_are_far(first: str, second: str) -> None:
    assert abs(cosine(first, second)) < 0.2


def test_the_vector_of_a_text_is_the_same_in_every_process() -> None:
    vector = embed_text("The user likes green tea.", 8)
    assert np.round(vector, 4).tolist() == EXPECTED


@given(st.text(min_size=1, max_size=60), st.integers(1, 64))
def test_every_text_has_a_unit_vector(text: str, dimensions: int) -> None:
    vector = embed_text(text, dimensions)
    assert vector.shape == (dimensions,)
    assert np.linalg.norm(vector) == pytest.approx(1.0)
