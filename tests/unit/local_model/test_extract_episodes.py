"""The episode of a stretch of turns: what happened, how it ended, and what proves it."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.model.answers.extract_episodes import extract_episodes
from local.model.json_values import JsonObject, as_list, as_objects, as_text
from shared.prompts.extract_episodes import EXTRACT_EPISODES
from tests.unit.local_model.schema_check import find_violation

_SCHEMA = dict(EXTRACT_EPISODES.schema)


def make_turns(*spoken: tuple[str, str]) -> list[JsonObject]:
    return [
        {"id": f"t{number}", "speaker": speaker, "at": "2026-03-02T09:00:00+00:00", "text": text}
        for number, (speaker, text) in enumerate(spoken, 1)
    ]


def describe(*spoken: tuple[str, str]) -> list[JsonObject]:
    answer = extract_episodes(json.dumps({"turns": make_turns(*spoken)}))
    assert find_violation(answer, _SCHEMA, _SCHEMA) is None
    return as_objects(answer["episodes"])


def test_an_episode_tells_what_speakers_stated_and_quotes_the_turn_that_proves_it() -> None:
    [episode] = describe(
        ("user", "Hm. I adopted a cat last May!"), ("agent", "Congratulations! What is its name?")
    )
    assert episode["title"] == "A conversation about pets"
    assert episode["participants"] == ["the user", "the agent"]
    assert episode["tags"] == ["pets"]
    assert episode["events"] == [
        {
            "description": "The user adopted a cat in May 2025.",
            "occurred_at": None,
            "turn_ids": ["t1"],
            "quote": "I adopted a cat last May!",
        }
    ]


def test_where_nobody_stated_anything_the_first_sentences_are_the_events() -> None:
    [episode] = describe(
        ("user", "Does the printer work? Please look."), ("agent", "Let me look. One moment.")
    )
    told = [(item["description"], item["turn_ids"]) for item in as_objects(episode["events"])]
    assert told == [
        ("The user said: Does the printer work?", ["t1"]),
        ("The agent said: Let me look.", ["t2"]),
    ]


@pytest.mark.parametrize(
    ("last", "status", "reason"),
    [
        ("The table is booked. Enjoy!", "successful", "The table is booked."),
        ("It worked at first. Then it failed.", "failed", "Then it failed."),
        ("Then it failed. Now it is fixed.", "successful", "Now it is fixed."),
        ("Let me see.", "unknown", "The conversation ended without a result."),
    ],
)
def test_the_last_word_on_the_matter_is_the_outcome(last: str, status: str, reason: str) -> None:
    earlier = ("agent", "No luck so far.") if status != "unknown" else ("agent", "Hm.")
    [episode] = describe(("user", "Can you book a table?"), earlier, ("agent", last))
    assert episode["outcome"] == {"status": status, "description": reason}


def test_an_episode_has_eight_events_at_most() -> None:
    [episode] = describe(*[("user", f"I adopted cat number {number}.") for number in range(12)])
    last = as_objects(episode["events"])[-1]
    assert (len(as_objects(episode["events"])), last["turn_ids"]) == (8, ["t8"])


def test_what_a_user_tells_alone_has_no_outcome() -> None:
    [episode] = describe(("user", "I adopted a cat. It worked."))
    assert episode["outcome"] is None


def test_lessons_are_the_sentences_that_say_so_at_most_three() -> None:
    said = [("user", f"Next time we book on day {day}. It rained.") for day in range(5)]
    [episode] = describe(("tool", "Lesson: pay twice."), *said)
    assert episode["lessons"] == [f"Next time we book on day {day}." for day in range(3)]


def test_tools_and_systems_take_no_part() -> None:
    assert describe(("tool", "It is done."), ("system", "I adopted a cat.")) == []


def test_a_request_that_is_no_conversation_has_no_episode() -> None:
    for prompt in ("", "hello", "[]", '{"turns": 5}', '{"turns": [1, {"text": []}]}'):
        assert extract_episodes(prompt) == {"episodes": []}


SPOKEN = st.tuples(
    st.sampled_from(["user", "agent", "tool"]),
    st.sampled_from(["I adopted a cat.", "Does it work? Yes, it is done.", "From now on, tea."])
    | st.text(max_size=250),
)


@given(st.lists(SPOKEN, max_size=12))
def test_every_event_quotes_its_turn_and_events_keep_the_order(
    spoken: list[tuple[str, str]],
) -> None:
    for episode in describe(*spoken):
        events = as_objects(episode["events"])
        numbers = [int(as_text(as_list(item["turn_ids"])[0])[1:]) for item in events]
        assert 1 <= len(events) <= 8
        assert all(first < second for first, second in pairwise(numbers))
        for number, item in zip(numbers, events, strict=True):
            speaker, text = spoken[number - 1]
            assert as_text(item["quote"]) in text
            assert speaker != "tool"
