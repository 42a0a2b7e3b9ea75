"""A user's profile: facts sorted into sections, the outdated and the retracted left out."""

import json

import pytest

from local.model.answers.update_user_profile import SECTIONS, update_user_profile
from local.model.json_values import JsonObject, as_list


def update(
    facts: list[tuple[str, str]],
    previous: JsonObject | None = None,
    retracted: list[str] | None = None,
) -> JsonObject:
    entries = [
        {"text": text, "category": category, "at": f"2026-03-{day:02}T09:00:00+00:00"}
        for day, (text, category) in enumerate(facts, start=1)
    ]
    request = {
        "previous": previous,
        "facts": entries,
        "retracted": retracted or [],
        "summaries": [],
    }
    return update_user_profile(json.dumps(request))


@pytest.mark.parametrize(
    ("text", "category", "section"),
    [
        ("The user has two kids, Emil and Frida.", "biographical", "key_facts"),
        ("The user likes green tea.", "preference", "personal_preferences"),
        ("The user uses a Linux laptop.", "other", "account_environment"),
        ("The user is planning a trip to Peru.", "other", "goals_current_work"),
        ("The user cooks every evening.", "other", "behavioral_patterns"),
        ("The user is allergic to peanuts.", "requirement", "compliance_requirements"),
        ("The user needs to renew their passport.", "requirement", "open_items"),
    ],
)
def test_a_fact_stands_in_the_section_it_belongs_to(text: str, category: str, section: str) -> None:
    profile = update([(text, category)])
    assert {name: profile[name] for name in SECTIONS} == {
        name: [text] if name == section else [] for name in SECTIONS
    }


def test_what_the_agent_did_and_what_was_a_mood_is_no_profile() -> None:
    profile = update(
        [
            ("The agent booked a table.", "other"),
            ("On 5 May 2023, the agent booked a table.", "other"),
            ("The user is proud of their garden.", "other"),
        ]
    )
    assert all(profile[name] == [] for name in SECTIONS)


def test_a_later_fact_replaces_an_earlier_one_also_from_the_previous_profile() -> None:
    first = update([("The user lives in Rome.", "biographical")])
    second = update([("The user moved to Oslo.", "biographical")], first)
    assert second["key_facts"] == ["The user moved to Oslo."]


@pytest.mark.parametrize("in_one_prompt", [True, False])
def test_what_an_agent_says_replaces_nothing(in_one_prompt: bool) -> None:
    rome, oslo = "The user lives in Rome.", "The user moved to Oslo."
    said = {"text": rome, "category": "biographical", "source": "user", "at": "2026-03-01"}
    claimed = {"text": oslo, "category": "biographical", "source": "agent", "at": "2026-03-05"}
    first = {"previous": None, "facts": [said]}
    profile = update_user_profile(json.dumps(first))
    second = {"previous": profile, "facts": [claimed]}
    both = {"previous": None, "facts": [said, claimed]}
    profile = update_user_profile(json.dumps(both if in_one_prompt else second))
    assert profile["key_facts"] == [rome]


def test_what_was_retracted_is_in_no_section() -> None:
    tea, dog = ("The user likes green tea.", "preference"), ("The user has a dog.", "biographical")
    first = update([tea, dog])
    second = update([tea], first, retracted=["The user likes green tea."])
    assert second["personal_preferences"] == []
    assert second["key_facts"] == ["The user has a dog."]


def test_a_section_holds_twenty_entries_at_most() -> None:
    profile = update([(f"The user likes tea number{n}.", "preference") for n in range(28)])
    kept = as_list(profile["personal_preferences"])
    assert len(kept) == 20
    assert kept[-1] == "The user likes tea number27."
