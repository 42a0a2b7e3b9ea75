"""A thread's summary grows with its turns and stays short."""

import json

from local.model.answers.summarize_thread import summarize_thread
from local.model.json_values import JsonObject, as_list, as_text


def make_turn(text: str, speaker: str = "user", day: int = 2) -> JsonObject:
    at = f"2026-03-{day:02}T09:00:00+00:00"
    return {"id": "t1", "speaker": speaker, "at": at, "text": text}


def summarize(turns: list[JsonObject], previous: JsonObject | None = None) -> JsonObject:
    return summarize_thread(json.dumps({"previous": previous, "turns": turns}))


def test_a_summary_tells_who_spoke_of_what_and_when() -> None:
    summary = summarize(
        [make_turn("I'm allergic to peanuts. I love live music."), make_turn("Noted.", "agent")]
    )
    assert as_text(summary["overview"]).startswith(
        "The user and the agent talked about food and music on 2 March 2026. "
    )
    assert summary["key_points"] == [
        "The user is allergic to peanuts.",
        "The user loves live music.",
    ]
    assert summary["topics"] == ["food", "music"]


def test_decisions_duties_and_open_questions_are_told_apart() -> None:
    summary = summarize(
        [
            make_turn("We decided to take the early train."),
            make_turn("Please remind me to renew my passport by Friday."),
            make_turn("I have to call the dentist."),
            make_turn("Do we need a rental car in Sintra?"),
        ]
    )
    assert summary["decisions"] == ["The user decided to take the early train."]
    assert summary["action_items"] == [
        {
            "owner": "The user",
            "task": "Renew their passport by 6 March 2026",
            "deadline": "6 March 2026",
        },
        {"owner": "The user", "task": "Call the dentist", "deadline": None},
    ]
    assert summary["open_issues"] == ["The user asked: Do we need a rental car in Sintra?"]


def test_an_answer_of_the_agent_closes_the_question() -> None:
    asked = summarize([make_turn("Do we need a rental car in Sintra?")])
    assert asked["open_issues"]
    answered = summarize([make_turn("No, the train is fine.", "agent")], asked)
    assert answered["open_issues"] == []


def test_an_update_keeps_what_holds_and_drops_what_was_replaced() -> None:
    first = summarize([make_turn("I prefer window seats. I love live music.")])
    second = summarize([make_turn("I prefer aisle seats now.", day=5)], first)
    assert second["key_points"] == [
        "The user loves live music.",
        "The user prefers aisle seats now.",
    ]
    assert "5 March 2026" in as_text(second["overview"])
    assert summarize([make_turn("I prefer aisle seats now.", day=5)], second) == second


def test_a_summary_stays_short_however_long_the_thread() -> None:
    summary: JsonObject = {}
    for number in range(40):
        text = f"I bought a lamp of kind number{number}. I need to sell the old{number} lamp."
        summary = summarize([make_turn(text)], summary)
    assert len(as_list(summary["key_points"])) == 12
    assert len(as_list(summary["action_items"])) == 12
    assert len(as_list(summary["topics"])) <= 8
    assert len(as_text(summary["overview"])) <= 600


def test_a_thread_of_small_talk_still_has_an_overview() -> None:
    summary = summarize([make_turn("Hi there!")])
    assert summary["overview"] == "The user exchanged a few words on 2 March 2026."
    assert summary["key_points"] == []
