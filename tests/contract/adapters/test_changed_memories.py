from typing import Any

import pytest

from tests.contract.adapters.stores import Stores
from tests.fakes.embedder import embed_words
from tests.fakes.local_cosmos import LocalCosmos
from tests.fakes.memory_app import MemoryApp

RULES = "__procedural__"


async def store(app: MemoryApp, memory_id: str, kind: str, **fields: Any) -> int:
    """Store a memory of the user's; the server's time of it."""
    document = {
        "id": memory_id,
        "user_id": "u1",
        "thread_id": RULES if kind == "procedural" else "t1",
        "type": kind,
        "content": f"{memory_id}, in words",
        "created_at": "2026-07-01T10:00:00+00:00",
        "metadata": {"category": "preference"} if kind == "fact" else {},
        "embedding": embed_words(memory_id),
        **fields,
    }
    return int((await app.memories.create_item(document))["_ts"])


@pytest.fixture
async def stamps(app: MemoryApp) -> list[int]:
    """One memory of each type, some that have ended, and what is none of the user's."""
    ended = {"superseded_by": "fact_tea", "supersede_reason": "contradict"}
    outcome = {"status": "failed", "description": "It broke."}
    return [
        await store(app, "fact_tea", "fact", content_hash="h"),
        await store(app, "fact_old", "fact", **ended),
        await store(app, "ep_trip", "episodic", title="A trip", outcome=outcome),
        await store(app, "proc_ask", "procedural", name="Ask", status="active"),
        await store(app, "proc_old", "procedural", name="Old", status="active", **ended),
        await store(app, "proc_try", "procedural", name="Try", status="candidate"),
        await store(app, "episode_cursor_u1_t1", "episode_cursor"),
        await store(app, "fact_bob", "fact", user_id="u2"),
    ]


async def test_memories_of_every_type_and_thread_come_oldest_first_in_one_request(
    stores: Stores, stamps: list[int], cosmos: LocalCosmos
) -> None:
    cosmos.reset_stats()
    changed = await stores.changed.since("u1", 0, [])
    assert cosmos.count_requests() == {("query", "memories"): 1}
    assert [item["_ts"] for item in changed] == sorted(item["_ts"] for item in changed)
    by_id = {item["id"]: item for item in changed}
    assert set(by_id) == {"fact_tea", "fact_old", "ep_trip", "proc_ask", "proc_old", "proc_try"}
    assert not any("embedding" in item for item in changed)
    assert all(item["_etag"] for item in changed)
    assert len(await stores.changed.since("u1", max(stamps), [])) >= 1
    assert await stores.changed.since("u1", max(stamps) + 1, []) == []


@pytest.mark.usefixtures("stamps")
async def test_each_memory_tells_what_a_profile_is_shown_of_its_type(stores: Stores) -> None:
    found = {item["id"]: item for item in await stores.changed.since("u1", 0, [])}
    fact, episode, rule = found["fact_tea"], found["ep_trip"], found["proc_ask"]
    assert (fact["type"], fact["category"], fact["content_hash"]) == ("fact", "preference", "h")
    assert (episode["title"], episode["outcome"]["status"]) == ("A trip", "failed")
    assert (rule["name"], rule["status"], rule["thread_id"]) == ("Ask", "active", RULES)
    assert found["proc_try"]["status"] == "candidate"
    for name in ("fact_tea", "ep_trip", "proc_ask"):
        assert found[name]["content"] == f"{name}, in words"
        assert found[name]["created_at"] == "2026-07-01T10:00:00+00:00"
    for name in ("fact_old", "proc_old"):
        assert (found[name]["superseded_by"], found[name]["supersede_reason"]) == (
            "fact_tea", "contradict",
        )  # fmt: skip


@pytest.mark.usefixtures("stamps")
async def test_of_known_versions_only_the_version_and_its_time_come(stores: Stores) -> None:
    before = await stores.changed.since("u1", 0, [])
    known = [row["_etag"] for row in before if row["id"] != "proc_ask"]
    again = await stores.changed.since("u1", 0, known)
    assert [(row["_ts"], row["_etag"]) for row in again] == [
        (row["_ts"], row["_etag"]) for row in before
    ]
    assert [row for row in again if set(row) != {"_ts", "_etag"}] == [
        row for row in before if row["id"] == "proc_ask"
    ]
