"""The public SDK's transcripts are read by the same rules."""

from local.model.answers.registry import answer_purpose
from local.model.answers.sdk_transcript import read_transcript
from local.model.json_values import as_objects

TRANSCRIPT = """Extract memories from this conversation.
[2026-03-02T09:00:00+00:00 | user]: I adopted a cat last May.
She is called Mia. I live in Rome.
[2026-03-02T09:00:10+00:00 | agent]: I booked a vet in Trastevere. [metadata: {"a": ["b"]}]
[2026-03-02T09:00:20+00:00 | tool]: I am a tool with a name.
"""


def test_lines_without_a_head_go_on_with_the_turn() -> None:
    turns = read_transcript(TRANSCRIPT)
    assert [turn.role for turn in turns] == ["user", "agent", "tool"]
    assert turns[0].text == "I adopted a cat last May.\nShe is called Mia. I live in Rome."
    assert turns[1].text == "I booked a vet in Trastevere."


def test_facts_carry_the_source_that_the_sdk_asks_for() -> None:
    answer = answer_purpose("ExtractMemoriesOutput", TRANSCRIPT)
    assert answer is not None
    assert [(fact["text"], fact["source"]) for fact in as_objects(answer["facts"])] == [
        ("The user adopted a cat in May 2025.", "user"),
        ("The user lives in Rome.", "user"),
        ("The agent booked a vet in Trastevere.", "agent"),
    ]


def test_a_summary_update_starts_from_the_summary_in_its_text() -> None:
    prompt = (
        'Earlier: {"overview": "x", "key_points": ["The user lives in Rome."], "topics": []}\n'
        "[user]: We moved to Oslo with two cats.\n"
    )
    answer = answer_purpose("SummarizeUpdateOutput", prompt)
    assert answer is not None
    assert answer["key_points"] == ["The user moved to Oslo with two cats."]


def test_a_name_that_stands_for_nothing_has_no_answer_of_its_own() -> None:
    assert answer_purpose("Unheard", TRANSCRIPT) is None
