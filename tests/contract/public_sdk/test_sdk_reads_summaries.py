"""The public SDK reads the thread summaries and profiles that the app's services have written."""

from typing import Any

import pytest

from tests.contract.public_sdk.reader import Reader
from tests.fakes.answers import fact, profile, summary
from tests.fakes.embedder import embed_words

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAYS = [f"2026-07-0{day}T10:00:00+00:00" for day in range(1, 4)]
TRIP: dict[str, Any] = {
    "overview": "A trip to Lisbon is planned.",
    "key_points": ["The flight is booked."],
    "decisions": ["They go in May."],
    "open_issues": ["No hotel yet."],
    "topics": ["Lisbon", "City Trips"],
    "action_items": [{"owner": "the agent", "task": "Find a hotel.", "deadline": "2026-07-09"}],
}
ANA: dict[str, Any] = profile("Lives in Rome.", "Has two kids.") | {
    "personal_preferences": ["Likes tea."],
    "topics": ["Tea Houses"],
}


async def test_a_thread_summary_is_read_with_all_that_it_holds(reader: Reader) -> None:
    assert reader.ask("get_thread_summary", thread_id="t1") == []
    for day in DAYS[:2]:
        await reader.learn(said=f"We go to Lisbon. {day}", created_at=day)
    await reader.summarize(TRIP)
    [read] = reader.ask("get_thread_summary", thread_id="t1", recent_k=1)
    assert read["id"] == f"summary_{reader.user}_t1"
    assert (read["thread_id"], read["role"], read["type"]) == ("t1", "system", "thread_summary")
    assert read["content"] == TRIP["overview"]
    assert read["metadata"]["structured_summary"] == TRIP
    assert read["metadata"]["source_count"] == 2
    assert (read["metadata"]["recent_k"], read["metadata"]["incremental_update"]) == (None, False)
    assert read["tags"] == ["sys:summary", "topic:city-trips", "topic:lisbon"]
    assert (read["salience"], read["updated_at"]) == (1.0, DAYS[1])
    assert read["embedding"] == embed_words(TRIP["overview"])
    assert reader.ask("get_thread_summary", thread_id="t2") == []


async def test_a_summary_that_was_continued_takes_the_place_of_the_one_before(
    reader: Reader,
) -> None:
    await reader.learn(said="We go to Lisbon.", created_at=DAYS[0])
    await reader.summarize(TRIP)
    await reader.learn(said="The hotel is booked.", created_at=DAYS[2])
    await reader.summarize(summary("All is booked."))
    [read] = reader.ask("get_thread_summary", thread_id="t1")
    assert read["content"] == "All is booked."
    assert (read["metadata"]["source_count"], read["metadata"]["incremental_update"]) == (2, True)
    assert (read["created_at"], read["updated_at"]) == (DAYS[0], DAYS[2])


async def test_summaries_are_found_beside_facts_and_alone(reader: Reader) -> None:
    await reader.learn(fact("Goes to Lisbon.", "Lisbon"), said="We go to Lisbon.")
    await reader.summarize(TRIP)
    await reader.learn(said="My garden grows.", thread="t2")
    await reader.summarize(summary("The garden grows."), thread="t2")
    terms = TRIP["overview"]
    first, second = reader.ask("search_summaries", search_terms=terms)
    assert (first["content"], second["content"]) == (terms, "The garden grows.")
    assert first["similarity_score"] > 0.999 > second["similarity_score"]
    tagged = reader.ask("search_summaries", search_terms="any", tags_all=["topic:lisbon"])
    assert [row["thread_id"] for row in tagged] == ["t1"]
    found = reader.ask("search_cosmos", search_terms=terms, include_summaries=True)
    assert {row["type"] for row in found} == {"fact", "thread_summary"}


async def test_a_profile_is_read_with_all_that_it_holds(reader: Reader) -> None:
    assert reader.ask("get_user_summary") is None
    await reader.learn(fact("Lives in Rome.", "Rome"), said="I live in Rome.")
    await reader.learn(fact("Has two kids.", "two kids"), said="I have two kids.", thread="t2")
    await reader.write_profile(ANA)
    read = reader.ask("get_user_summary")
    assert read["id"] == f"user_summary_{reader.user}"
    assert (read["thread_id"], read["type"]) == ("__user_summary__", "user_summary")
    assert read["content"] == "Lives in Rome.; Has two kids."
    assert read["metadata"]["structured_summary"] == ANA
    assert read["metadata"]["thread_ids"] == ["t1", "t2"]
    assert read["metadata"]["source_thread_count"] == 2
    assert read["metadata"]["source_memory_count"] == 2
    assert (read["metadata"]["recent_k"], read["metadata"]["incremental_update"]) == (None, False)
    assert read["tags"] == ["sys:user-summary", "topic:tea-houses"]
    assert read["embedding"] == embed_words(read["content"])


async def test_a_profile_that_was_continued_is_read_in_its_place(reader: Reader) -> None:
    await reader.learn(fact("Lives in Rome.", "Rome"), said="I live in Rome.")
    await reader.write_profile(ANA)
    before = reader.ask("get_user_summary")
    await reader.learn(fact("Owns a cat.", "a cat"), said="I own a cat.")
    await reader.write_profile(profile("Owns a cat."))
    after = reader.ask("get_user_summary")
    assert (after["id"], after["content"]) == (before["id"], "Owns a cat.")
    assert after["metadata"]["incremental_update"] is True
    assert after["created_at"] == before["created_at"] < after["updated_at"]


async def test_what_a_profile_said_before_is_in_its_document_and_found_by_no_search(
    reader: Reader,
) -> None:
    await reader.learn(fact("Lives in Rome.", "Rome"), said="I live in Rome.")
    await reader.write_profile(ANA)
    await reader.learn(fact("Owns a cat.", "a cat"), said="I own a cat.")
    await reader.write_profile(profile("Owns a cat."))
    [version] = reader.ask("get_user_summary")["versions"]
    assert version["added"] == {"key_facts": ["Owns a cat."]}
    assert version["removed"]["key_facts"] == ANA["key_facts"]
    for search in ("search_summaries", "search_cosmos"):
        rows = reader.ask(search, search_terms="Lives in Rome.; Has two kids.")
        assert "Has two kids." not in str(rows)


async def test_the_models_of_the_sdk_would_write_our_summaries_as_they_are(
    reader: Reader,
) -> None:
    await reader.learn(fact("Goes to Lisbon.", "Lisbon"), said="We go to Lisbon.")
    await reader.summarize(TRIP)
    await reader.write_profile(ANA)
    [thread_summary] = reader.ask("get_thread_summary", thread_id="t1")
    for document in (thread_summary, reader.ask("get_user_summary")):
        parsed = reader.sdk.call("parse_record", document=document)
        assert parsed == {name: document[name] for name in parsed}
