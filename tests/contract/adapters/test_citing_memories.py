"""Memories that cite turns, ended and revived over the real SDK."""

from typing import Any

import pytest

from shared.adapters.cosmos_citing_memories import CosmosCitingMemories
from shared.domain.errors import ConflictError
from shared.ports import CitingMemories
from tests.fakes.memory_app import MemoryApp

AT = "2026-07-01T00:00:00+00:00"


async def store(app: MemoryApp, name: str, turns: list[str], **fields: Any) -> None:
    document = {"id": name, "user_id": "u1", "thread_id": "t1", "type": "fact", **fields}
    await app.memories.create_item({**document, "source_turn_ids": turns})


@pytest.fixture
def citing(app: MemoryApp) -> CitingMemories:
    return CosmosCitingMemories(app.memories)


async def test_memories_of_any_type_are_found_by_id_and_by_the_turns_they_cite(
    app: MemoryApp, citing: CitingMemories
) -> None:
    await store(app, "fact_1", ["a", "b"])
    await store(app, "ep_1", ["b"], type="episodic", thread_id="t2")
    await store(app, "fact_2", ["b"], superseded_by="fact_1", supersede_reason="contradict")
    await store(app, "fact_3", ["b"], user_id="u2")
    loaded = await citing.load("u1", ["fact_1", "ep_1", "fact_2", "fact_3", "nothing"])
    types = {memory.id: memory.type for memory in loaded}
    assert types == {"fact_1": "fact", "ep_1": "episodic", "fact_2": "fact"}
    assert {memory.id for memory in await citing.citing("u1", ["b"])} == {"fact_1", "ep_1"}
    assert {memory.id for memory in await citing.citing("u1", ["a"])} == {"fact_1"}
    [ended] = await citing.ended_by("u1", ["fact_1"])
    assert (ended.id, ended.is_active, ended.is_retired) == ("fact_2", False, False)


async def test_a_memory_that_ends_can_be_revived(app: MemoryApp, citing: CitingMemories) -> None:
    await store(app, "fact_1", ["a"])
    [memory] = await citing.load("u1", ["fact_1"])
    await citing.retire("u1", memory, "chunk:2", AT)
    [ended] = await citing.load("u1", ["fact_1"])
    assert (ended.superseded_by, ended.is_retired) == ("chunk:2", True)
    await citing.revive("u1", ended)
    [again] = await citing.load("u1", ["fact_1"])
    assert (again.is_active, again.is_retired) == (True, False)


async def test_a_memory_that_has_changed_since_it_was_read_is_left_alone(
    app: MemoryApp, citing: CitingMemories
) -> None:
    await store(app, "fact_1", ["a"])
    [stale] = await citing.load("u1", ["fact_1"])
    await citing.retire("u1", stale, "chunk:2", AT)
    with pytest.raises(ConflictError):
        await citing.revive("u1", stale)
    await app.memories.delete_item("fact_1", partition_key=["u1", "t1"])
    [*none] = await citing.load("u1", ["fact_1"])
    assert none == []
    await citing.retire("u1", stale, "chunk:2", AT)
