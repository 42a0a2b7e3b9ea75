"""Rules for an agent: of wishes and lessons, once, each with its source."""

import json

from local.model.answers.derive_procedures import derive_procedures
from local.model.json_values import JsonObject, as_objects, as_text
from shared.prompts.derive_procedures import DERIVE_PROCEDURES
from tests.unit.local_model.schema_check import find_violation

_SCHEMA = dict(DERIVE_PROCEDURES.schema)


def derive(*sources: tuple[str, str], rules: tuple[str, ...] = ()) -> list[JsonObject]:
    """The rules of sources, which are pairs of category and text; `rules` are known summaries."""
    request = {
        "sources": [
            {"id": f"s{number}", "category": category, "text": text}
            for number, (category, text) in enumerate(sources, 1)
        ],
        "rules": [
            {"id": f"p{number}", "name": "Known", "summary": summary}
            for number, summary in enumerate(rules, 1)
        ],
    }
    answer = derive_procedures(json.dumps(request))
    assert find_violation(answer, _SCHEMA, _SCHEMA) is None
    return as_objects(answer["procedures"])


def sources_of(rules: list[JsonObject]) -> list[object]:
    return [rule["grounded_in"] for rule in rules]


def test_a_wish_becomes_a_rule_that_names_its_source() -> None:
    [rule] = derive(("preference", "The user prefers short answers over long ones, always."))
    assert rule == {
        "name": "The user prefers short answers over",
        "summary": "Keep in mind: The user prefers short answers over long ones, always.",
        "retrieval_text": "The user prefers short answers over long ones, always.",
        "procedure_kind": "behavioral_policy",
        "activation_conditions": [],
        "steps": [],
        "safety_constraints": [],
        "grounded_in": ["s1"],
        "same_as": None,
        "confidence": 0.7,
    }


def test_wishes_and_lessons_make_rules_and_what_a_life_is_like_does_not() -> None:
    rules = derive(
        ("requirement", "The user is allergic to peanuts."),
        ("biographical", "The user has two kids."),
        ("biographical", "Caroline adopted a cat."),
        ("other", "The agent booked a table."),
        ("other", "On 5 May 2023, the agent booked a table."),
        ("other", "Next time we book a day ahead."),
        ("preference", ""),
    )
    assert sources_of(rules) == [["s1"], ["s6"]]


def test_a_rule_that_exists_is_not_told_again() -> None:
    likes = ("preference", "The user likes tea.")
    [first] = derive(likes)
    known = as_text(first["summary"]).upper()
    assert derive(likes, rules=(known,)) == []
    again = derive(likes, ("preference", "The user likes cake."), rules=(known,))
    assert sources_of(again) == [["s2"]]


def test_two_sources_that_say_the_same_make_one_rule() -> None:
    rules = derive(("preference", "The user likes tea."), ("preference", "the user likes tea"))
    assert sources_of(rules) == [["s1", "s2"]]


def test_there_are_fifteen_rules_at_most() -> None:
    rules = derive(*[("preference", f"The user likes tea {number}.") for number in range(20)])
    assert sources_of(rules) == [[f"s{number}"] for number in range(1, 16)]


def test_a_request_without_sources_has_no_rules() -> None:
    for prompt in ("", "hello", "[]", '{"sources": 5}', '{"sources": [1, {"text": []}]}'):
        assert derive_procedures(prompt) == {"procedures": []}
