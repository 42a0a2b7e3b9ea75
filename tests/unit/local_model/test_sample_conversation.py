"""The sample conversation is well formed, and the stand-in reads it well."""

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from local.model.answers.extract_memories import extract_memories
from local.model.json_values import JsonObject, as_objects, as_texts

SAMPLE = Path(__file__).parents[3] / "samples" / "trip-to-lisbon.turns.jsonl"


def read_sample() -> dict[tuple[str, str], list[dict[str, Any]]]:
    threads: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        turn = json.loads(line)
        threads[turn["user_id"], turn["thread_id"]].append(turn)
    return threads


def extract_user(user_id: str) -> list[JsonObject]:
    turns = [
        {
            "id": f"t{number}",
            "speaker": turn["role"],
            "at": turn["created_at"],
            "text": turn["content"],
        }
        for (owner, _), thread in read_sample().items()
        if owner == user_id
        for number, turn in enumerate(thread)
    ]
    return as_objects(extract_memories(json.dumps({"turns": turns, "known": []}))["facts"])


def test_every_line_has_the_fields_of_a_turn_in_order_of_time() -> None:
    threads = read_sample()
    assert len(threads) == 4
    for thread in threads.values():
        times = [datetime.fromisoformat(turn["created_at"]) for turn in thread]
        assert times == sorted(times)
        for turn in thread:
            assert turn["role"] in {"user", "agent", "tool", "system"}
            assert turn["content"].strip()
            assert isinstance(turn["metadata"], dict)
    roles = [turn["role"] for thread in threads.values() for turn in thread]
    assert roles.count("tool") == roles.count("system") == 1


def test_most_turns_that_say_something_give_a_fact() -> None:
    facts = [*extract_user("marta"), *extract_user("tomas")]
    assert len(facts) > 45


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("The user prefers aisle seats now.", "The user prefers window seats."),
        ("The user's budget is now 1,800 euros.", "The user's budget is 1,500 euros for both"),
        ("The user moved to Bremen on 16 March 2026.", "The user lives in Hamburg."),
        (
            "The user's favourite cuisine is Thai these days.",
            "The user's favourite cuisine is Italian.",
        ),
    ],
)
def test_what_changes_in_the_sample_replaces_what_was(later: str, earlier: str) -> None:
    facts = extract_user("marta")
    (fact,) = [fact for fact in facts if fact["text"] == later]
    (label,) = as_texts(fact["supersedes"])
    assert str(facts[int(label[1:])]["text"]).startswith(earlier)
