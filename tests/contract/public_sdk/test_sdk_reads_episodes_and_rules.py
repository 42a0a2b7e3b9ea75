"""The public SDK reads back what the app's services have written: episodes, rules, history."""

from typing import Any

import pytest

from tests.contract.public_sdk.reader import Reader
from tests.fakes.answers import episode, event, fact

pytestmark = pytest.mark.asyncio(loop_scope="session")

TALK = {
    "2026-07-01T10:00:00+00:00": ("user", "The report fails to print on page 3."),
    "2026-07-01T10:05:00+00:00": ("agent", "I have cleared the print cache."),
    "2026-07-01T10:09:00+00:00": ("user", "Now it prints, but slowly."),
}
PRINTING = episode(
    "Printing the report",
    event("Printing failed.", "fails to print on page 3", "t1") | {"occurred_at": "2026-07-01"},
    event("The cache was cleared.", "cleared the print cache", "t2"),
    event("It printed slowly.", "prints, but slowly", "t3", "t2"),
    summary="The report printed after the cache was cleared.",
    participants=["the user", "the agent"],
    outcome={"status": "partially_successful", "description": "It prints slowly."},
    lessons=["Clear the cache before printing."],
    tags=["Print Jobs"],
    salience=0.7,
)
POLICIES = """\
# Learned procedures

## Behavioral policies
- Ask before deleting: Ask before deleting, always.
- Answer in German: Answer in German, always."""
TASK = f"""\
{POLICIES}

## Task procedures
### Release in two steps
Summary: Release in two steps, always.
1. Tag it.
2. Publish it."""


def contents(rows: list[dict[str, Any]]) -> list[str]:
    return [row["content"] for row in rows]


async def talk_about_printing(reader: Reader) -> dict[str, str]:
    """The conversation that PRINTING describes; the ids of its turns as the SDK tells them."""
    for created_at, (role, text) in TALK.items():
        await reader.learn(said=text, role=role, created_at=created_at)
    await reader.close_episode(PRINTING)
    thread = reader.ask("get_thread", thread_id="t1")
    return {turn["content"]: turn["id"] for turn in thread}


async def test_an_episode_is_read_with_all_that_it_tells(reader: Reader) -> None:
    turn_ids = await talk_about_printing(reader)
    first, second, third = [turn_ids[text] for _, text in TALK.values()]
    [listed] = reader.ask("get_episodes")
    assert listed["id"].startswith("ep_")
    assert (listed["title"], listed["content"]) == (PRINTING["title"], PRINTING["summary"])
    assert (listed["started_at"], listed["ended_at"]) == (min(TALK), max(TALK))
    assert listed["created_at"] == max(TALK)
    for name in ("participants", "outcome", "lessons", "salience", "confidence"):
        assert listed[name] == PRINTING[name]
    assert [(item["sequence"], item["description"]) for item in listed["events"]] == [
        (1, "Printing failed."),
        (2, "The cache was cleared."),
        (3, "It printed slowly."),
    ]
    sources = [item["source_turn_ids"] for item in listed["events"]]
    assert sources == [[first], [second], [third, second]]
    moments = [item["occurred_at"] for item in listed["events"]]
    assert moments == ["2026-07-01T00:00:00+00:00", None, None]
    assert listed["source_turn_ids"] == [first, second, third]
    assert listed["ttl"] == 90 * 24 * 3600
    assert "topic:print-jobs" in listed["tags"]


async def test_an_episode_is_found_and_told_to_an_agent(reader: Reader) -> None:
    await talk_about_printing(reader)
    await reader.learn(said="My garden grows.", thread="t2")
    await reader.close_episode(thread="t2")
    terms: str = PRINTING["summary"]
    [found, other] = reader.ask("search_episodic_memories", search_terms=terms)
    [listed] = reader.ask("get_episodes", thread_id="t1")
    assert found["similarity_score"] > 0.999 > other["similarity_score"]
    for name in ("title", "started_at", "ended_at", "participants", "events", "outcome", "lessons"):
        assert found[name] == listed[name]
    salient = reader.ask("search_episodic_memories", search_terms="garden", min_salience=0.7)
    assert [row["id"] for row in salient] == [listed["id"]]
    [blended, *_] = reader.ask("search_cosmos", search_terms=terms, include_episodes=True)
    assert blended["id"] == listed["id"]
    context = reader.ask("build_episodic_context", query=terms, top_k=1)
    told = f"1. [partially_successful] {PRINTING['title']}: {PRINTING['summary']}"
    assert context == f"## Relevant Past Experiences\n{told}"


async def test_episodes_are_listed_newest_first_and_by_thread(reader: Reader) -> None:
    for day, thread in enumerate(["t1", "t3", "t2"], 1):
        created_at = f"2026-07-0{day}T10:00:00+00:00"
        await reader.learn(said=f"Day {day}", thread=thread, created_at=created_at)
        await reader.close_episode(episode(f"Day {day}", event("It came.", "day", "t1")), thread)
    listed = reader.ask("get_episodes")
    assert [row["title"] for row in listed] == ["Day 3", "Day 2", "Day 1"]
    assert [row["title"] for row in reader.ask("get_episodes", recent_k=1)] == ["Day 3"]
    assert [row["title"] for row in reader.ask("get_episodes", thread_id="t3")] == ["Day 2"]
    assert reader.sdk.call("get_episodes", user_id="nobody") == []


async def teach(reader: Reader) -> None:
    """Four rules: two that always hold, one for a task, and one that only the agent has stated."""
    await reader.learn(fact("Answer in German.", "in German"), said="Answer in German, please.")
    await reader.learn(
        fact("Ask before deleting.", "ask before", category="requirement"),
        said="You must ask before you delete.",
    )
    await reader.learn(fact("Release in two steps.", "two steps"), said="Two steps, please.")
    await reader.learn(fact("Wire the money.", "wire"), said="I wire money.", role="agent")
    await reader.derive_rules()


async def test_the_prompt_holds_the_active_rules_and_no_candidate(reader: Reader) -> None:
    assert reader.ask("get_procedural_prompt") is None
    await teach(reader)
    assert reader.ask("get_procedural_prompt") == POLICIES
    assert reader.ask("build_procedural_context") == POLICIES
    assert reader.ask("build_procedural_context", task="Prepare the deployment!") == TASK
    assert reader.ask("build_procedural_context", task="Which version is it?") == TASK
    assert reader.ask("build_procedural_context", task="Water the garden") == POLICIES


async def test_rules_are_retrieved_by_their_task(reader: Reader) -> None:
    await teach(reader)
    found = reader.ask("retrieve_procedures", search_terms="release deployment")
    assert contents(found)[0] == "Release in two steps, always."
    assert found[0]["similarity_score"] > 0.999
    active = {f"{name}, always." for name in (
        "Ask before deleting", "Answer in German", "Release in two steps"
    )}  # fmt: skip
    assert set(contents(found)) == active
    everything = reader.ask("retrieve_procedures", search_terms="money", status=None)
    assert set(contents(everything)) == active | {"Wire the money, always."}
    workflows = reader.ask(
        "retrieve_procedures", search_terms="German", procedure_kind="workflow", scope_type="user"
    )
    assert contents(workflows) == ["Release in two steps, always."]
    turns = reader.ask("get_thread", thread_id="t1")
    spoken = {turn["id"]: turn["content"] for turn in turns}
    assert [spoken[turn_id] for turn_id in found[0]["source_turn_ids"]] == ["Two steps, please."]


async def test_a_rule_goes_with_the_wish_that_it_came_from(reader: Reader) -> None:
    await reader.learn(fact("Answer in German.", "in German"), said="Answer in German, please.")
    await reader.derive_rules()
    assert "German" in reader.ask("get_procedural_prompt")
    french = fact("Answer in French.", "in French", supersedes=["k1"])
    await reader.learn(french, said="Answer in French, not German.")
    await reader.derive_rules()
    prompt = reader.ask("get_procedural_prompt")
    assert "- Answer in French: Answer in French, always." in prompt
    assert "German" not in prompt
    found = reader.ask("retrieve_procedures", search_terms="Answer in German", status=None)
    assert contents(found) == ["Answer in French, always."]
    assert contents(reader.ask("get_procedural_memories")) == ["Answer in French, always."]
    history = reader.ask("get_procedural_history")
    assert contents(history) == ["Answer in French, always.", "Answer in German, always."]
    assert history[1]["supersede_reason"] == "contradict"
    [wish] = reader.ask("get_memories", memory_types=["fact"])
    scoped = reader.ask("get_memory_history", memory_id=wish["id"], thread_id="t1")
    assert contents(scoped) == ["Answer in German."]
    ended = reader.ask("get_memory_history", memory_id=wish["id"])
    assert {row["type"]: row["content"] for row in ended} == {
        "fact": "Answer in German.", "procedural": "Answer in German, always."
    }  # fmt: skip


async def test_the_history_of_a_fact_is_all_that_held_before_it(reader: Reader) -> None:
    await reader.learn(
        fact("Lives in Rome.", "Rome", tags=["rome"], category="biographical"), said="I am in Rome."
    )
    await reader.learn(
        fact("Lives in Oslo.", "Oslo", tags=["oslo"], category="biographical", updates=["k1"]),
        said="I moved to Oslo.",
    )
    await reader.learn(
        fact("Lives in Lima.", "Lima", tags=["lima"], category="biographical", supersedes=["k1"]),
        said="Lima, never Oslo.",
    )
    [current] = reader.ask("get_memories", memory_types=["fact"])
    assert current["content"] == "Lives in Lima."
    for scope in ({}, {"thread_id": "t1"}):
        history = reader.ask("get_memory_history", memory_id=current["id"], **scope)
        assert contents(history) == ["Lives in Oslo.", "Lives in Rome."]
        assert [row["supersede_reason"] for row in history] == ["contradict", "update"]
        assert history[0]["superseded_by"] == current["id"]
        assert history[0]["superseded_at"] > history[1]["superseded_at"]
    found = reader.ask("search_cosmos", search_terms="Lives in Rome")
    assert contents(found) == ["Lives in Lima."]
    assert reader.ask("list_tags") == ["topic:lima"]


async def test_tags_of_facts_and_episodes_are_listed_and_those_of_the_system_are_not(
    reader: Reader,
) -> None:
    await reader.learn(fact("Likes tea.", "tea", tags=["Green Tea"]), said="I like tea.")
    await reader.close_episode(
        episode("A cup", event("Tea was liked.", "like tea", "t1"), tags=["cups"])
    )
    await reader.derive_rules()
    assert reader.ask("list_tags") == ["topic:cups", "topic:green-tea"]
    assert reader.ask("list_tags", thread_id="t2") == []
    assert reader.ask("list_tags", include_sys=True, prefix="sys:") == [
        "sys:auto-extracted", "sys:episodic", "sys:fact", "sys:procedural"
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["fact", "episodic", "procedural"])
async def test_the_models_of_the_sdk_would_write_our_documents_as_they_are(
    reader: Reader, kind: str
) -> None:
    await talk_about_printing(reader)
    await teach(reader)
    await reader.learn(
        fact("Answer in French.", "in French", supersedes=["k1"]), said="Answer in French."
    )
    await reader.derive_rules()
    documents = await reader.stored(kind)
    assert documents
    for document in documents:
        parsed = reader.sdk.call("parse_record", document=document)
        assert parsed == {name: document[name] for name in parsed}
