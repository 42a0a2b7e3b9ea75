"""Category, certainty, weight and topics of a statement."""

import pytest

from local.model.language.labels import label_statement


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("The user prefers window seats.", "preference"),
        ("Jazz is the user's favourite kind of music.", "preference"),
        ("The user is allergic to peanuts.", "requirement"),
        ("The user's budget is 900 euros.", "requirement"),
        ("The user wants the agent to always answer in German.", "requirement"),
        ("The user lives in Hamburg.", "biographical"),
        ("The user has two kids, Emil and Frida.", "biographical"),
        ("The user works as an architect.", "biographical"),
        ("The user went to a concert in Porto.", "other"),
        ("The user is thrilled to make a home for kids who need one.", "other"),
    ],
)
def test_a_statement_has_the_category_a_reader_would_give(text: str, category: str) -> None:
    assert label_statement(text, "The user").category == category


def test_a_hedged_statement_is_less_certain() -> None:
    assert label_statement("The user moved to Oslo.", "the user").confidence == 0.95
    assert label_statement("The user might move to Oslo.", "the user").confidence == 0.75


def test_what_is_required_weighs_more_than_what_happened_and_that_more_than_a_mood() -> None:
    weights = [
        label_statement(text, "the user").salience
        for text in (
            "The user is allergic to peanuts.",
            "The user lives in Hamburg.",
            "The user likes jazz.",
            "The user is planning a trip to Peru.",
            "The user went to a concert.",
            "The user is proud of their garden.",
        )
    ]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(weights)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Ana loves live music.", "music"),
        ("Ana moved to Bremen on 16 March 2026.", "bremen"),
        ("Ana went to a council meeting in May 2023.", "work"),
        ("Ana bought a lantern at the market.", "lantern"),
    ],
)
def test_topics_name_what_it_is_about(text: str, tag: str) -> None:
    tags = label_statement(text, "Ana").tags
    assert tag in tags
    assert 1 <= len(tags) <= 3
    assert not {"ana", "march", "may"} & set(tags)
