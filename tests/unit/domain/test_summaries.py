import json
from typing import Any

import pytest

from shared.domain.summaries import (
    build_thread_summary,
    build_user_summary,
    cap_summary,
    describe_profile,
    unite_thread_ids,
)
from shared.domain.turns import ThreadKey

STRUCTURED = {"overview": "About tea.", "key_points": ["Tea."], "topics": ["Tea Time", "!!!"]}
ANSWER: dict[str, Any] = {
    "summary": STRUCTURED,
    "profile": {"key_facts": ["Likes tea.", "Is Ana."], "topics": ["tea"]},
    "source_count": 12,
    "incremental": True,
    "chunks": [1, 3],
    "thread_ids": ["t1", "t2"],
    "run": 3,
    "source_memory_count": 4,
    "created_at": "2026-01-01T00:00:00+00:00",
    "updated_at": "2026-01-02T00:00:00+00:00",
    "prompt_id": "p",
    "prompt_version": "1",
}


def test_a_thread_summary_is_where_the_public_sdk_looks_for_it() -> None:
    document = build_thread_summary(ThreadKey(user_id="u", thread_id="t"), ANSWER, [0.5])
    assert (document["id"], document["thread_id"]) == ("summary_u_t", "t")
    assert (document["type"], document["content"]) == ("thread_summary", "About tea.")
    assert document["metadata"] == {
        "structured_summary": STRUCTURED,
        "source_count": 12,
        "recent_k": None,
        "incremental_update": True,
        "chunks": [1, 3],
    }
    assert document["tags"] == ["sys:summary", "topic:tea-time"]
    assert document["embedding"] == [0.5]
    assert document["salience"] == 1.0
    assert (document["created_at"], document["updated_at"]) == (
        "2026-01-01T00:00:00+00:00",
        "2026-01-02T00:00:00+00:00",
    )


def test_a_profile_is_where_the_public_sdk_looks_for_it() -> None:
    document = build_user_summary("u", ANSWER, None)
    assert (document["id"], document["thread_id"]) == ("user_summary_u", "__user_summary__")
    assert (document["type"], document["content"]) == ("user_summary", "Likes tea.; Is Ana.")
    assert document["metadata"]["thread_ids"] == ["t1", "t2"]
    assert document["metadata"]["source_thread_count"] == 2
    assert document["metadata"]["source_memory_count"] == 4
    assert document["metadata"]["run"] == 3
    assert document["tags"] == ["sys:user-summary", "topic:tea"]
    assert "embedding" not in document


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ({"key_facts": ["a", "b"], "topics": ["c"]}, "a; b"),
        ({"key_facts": [], "goals_current_work": ["x"], "topics": ["c"]}, "x; c"),
        ({"key_facts": []}, ""),
    ],
)
def test_a_profile_without_key_facts_is_described_by_what_it_has(
    profile: dict[str, Any], text: str
) -> None:
    assert describe_profile(profile) == text


def test_lists_are_cut_where_readers_stop_reading() -> None:
    long = [f"{n}" for n in range(99)]
    capped = cap_summary({"key_facts": long, "topics": long, "decisions": long, "overview": "x"})
    lengths = {name: len(value) for name, value in capped.items()}
    assert lengths == {"key_facts": 50, "topics": 15, "decisions": 30, "overview": 1}
    assert capped["topics"] == long[:15]


def test_texts_are_cut_where_they_are_no_summary_any_more() -> None:
    long = "word " * 1_000
    task = {"owner": "Ana", "task": long, "deadline": None}
    capped = cap_summary({"overview": long, "key_points": [long, "x"], "action_items": [task]})
    assert capped["overview"] == ("word " * 400).strip()
    assert capped["key_points"] == [("word " * 100).strip(), "x"]
    assert capped["action_items"] == [{**task, "task": ("word " * 100).strip()}]


def test_the_threads_of_a_profile_fit_a_document_however_many_a_user_has() -> None:
    before = [f"{number:036d}" for number in range(60_000)]
    new = [f"new-{number}" for number in range(500)]
    united = unite_thread_ids(before, new)
    assert set(new) <= set(united)
    assert united == sorted(united)
    assert 300_000 < len(json.dumps(united)) < 450_000
    assert unite_thread_ids(["b", "a"], ["c", "a"]) == ["a", "b", "c"]
