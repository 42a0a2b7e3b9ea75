"""The public SDK finds and lists the facts that the app's services have written."""

from typing import Any

import pytest

from tests.contract.public_sdk.reader import Reader
from tests.fakes.answers import fact
from tests.fakes.embedder import embed_words

pytestmark = pytest.mark.asyncio(loop_scope="session")

EARLY, LATE = "2026-07-01T10:00:00+00:00", "2026-07-03T10:00:00+00:00"
TEA = fact(
    "Drinks green tea since 1 May 2026.", "green tea", tags=["Green Tea"], salience=0.9,
    confidence=0.8, temporal_context="since May",
)  # fmt: skip
CAT = fact("Owns a cat.", "a cat", category="biographical", tags=["pets"], confidence=0.6)
FLIGHT = fact("A flight was booked.", "flight", category="other", tags=["travel"], salience=0.2)


async def tell(reader: Reader) -> None:
    """Two facts of the user's and one of an agent's, in two threads; one of them has ended."""
    await reader.learn(fact("Drinks coffee.", "coffee"), said="I drink coffee.", created_at=EARLY)
    await reader.learn(
        {**TEA, "supersedes": ["k1"]}, said="No coffee, green tea since May.", created_at=LATE
    )
    await reader.learn(CAT, said="I have a cat.", thread="t2", created_at=EARLY)
    await reader.learn(
        FLIGHT, said="I booked your flight.", thread="t2", role="agent", created_at=LATE
    )


def texts(rows: list[dict[str, Any]]) -> set[str]:
    return {row["content"] for row in rows}


async def test_a_fact_is_found_with_all_that_a_reader_shows(reader: Reader) -> None:
    await tell(reader)
    [turn] = [t for t in reader.ask("get_thread", thread_id="t1") if t["created_at"] == LATE]
    found, *others = reader.ask("search_cosmos", search_terms=TEA["text"], top_k=3)
    assert found["similarity_score"] > 0.999 > others[0]["similarity_score"]
    assert texts(others) == {CAT["text"], FLIGHT["text"]}
    assert found["id"].startswith("fact_")
    assert (found["user_id"], found["thread_id"]) == (reader.user, "t1")
    assert (found["role"], found["type"], found["content"]) == ("system", "fact", TEA["text"])
    assert (found["confidence"], found["salience"]) == (0.8, 0.9)
    assert found["created_at"] == LATE
    assert found["tags"] == ["sys:auto-extracted", "sys:fact", "topic:green-tea"]
    assert found["source_turn_ids"] == [turn["id"]]
    told = {name: found["metadata"][name] for name in ("category", "temporal_context", "source")}
    assert told == {"category": "preference", "temporal_context": "since May", "source": "user"}
    assert found["metadata"]["evidence"] == [{"turn_id": turn["id"], "quote": "green tea"}]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"thread_id": "t2"}, {CAT["text"], FLIGHT["text"]}),
        ({"tags_all": ["topic:green-tea"]}, {TEA["text"]}),
        ({"tags_any": ["topic:pets", "topic:travel"]}, {CAT["text"], FLIGHT["text"]}),
        ({"exclude_tags": ["sys:agent-fact"]}, {TEA["text"], CAT["text"]}),
        ({"min_salience": 0.9}, {TEA["text"]}),
        ({"min_confidence": 0.8}, {TEA["text"], FLIGHT["text"]}),
        ({"created_after": LATE}, {TEA["text"], FLIGHT["text"]}),
        ({"created_before": EARLY}, {CAT["text"]}),
        ({"include_superseded": True, "thread_id": "t1"}, {TEA["text"], "Drinks coffee."}),
    ],
)
async def test_facts_pass_the_filters_of_search_and_of_the_list_alike(
    reader: Reader, narrowed: dict[str, Any], expected: set[str]
) -> None:
    await tell(reader)
    assert texts(reader.ask("search_cosmos", search_terms="anything", **narrowed)) == expected
    listed = reader.ask("get_memories", memory_types=["fact"], **narrowed)
    assert texts(listed) == expected


async def test_facts_are_listed_whole(reader: Reader) -> None:
    await tell(reader)
    [found] = reader.ask("search_cosmos", search_terms="tea", tags_all=["topic:green-tea"])
    [listed] = reader.ask("get_memories", memory_id=found["id"])
    assert {name: listed[name] for name in found.keys() & listed.keys()} == {
        name: found[name] for name in found if name != "similarity_score"
    }
    assert listed["embedding"] == embed_words(TEA["text"])
    [ended] = [
        row for row in reader.ask("get_memories", include_superseded=True, thread_id="t1")
        if row.get("superseded_by")
    ]  # fmt: skip
    assert (ended["superseded_by"], ended["supersede_reason"]) == (listed["id"], "contradict")
    for few in (1, 2):
        assert len(reader.ask("get_memories", recent_k=few)) == few


async def test_memories_of_every_type_are_listed_together(reader: Reader) -> None:
    await tell(reader)
    for thread in ("t1", "t2"):
        await reader.close_episode(thread=thread)
    await reader.derive_rules()
    listed = reader.ask("get_memories", memory_types=["fact", "episodic", "procedural"])
    kinds = [row["type"] for row in listed]
    assert set(kinds) == {"fact", "episodic", "procedural"}
    assert kinds.count("fact") == 3
