from typing import Any

import pytest

from shared.adapters.cosmos_forgettable_memories import CosmosForgettableMemories
from shared.domain.errors import ConflictError
from shared.ports import ForgettableMemories
from tests.contract.adapters.stores import KEY
from tests.fakes.memory_app import Document, MemoryApp


@pytest.fixture
def memories(app: MemoryApp) -> ForgettableMemories:
    return CosmosForgettableMemories(app.memories)


async def store(app: MemoryApp, name: str, **fields: Any) -> Document:
    document = {"id": name, "user_id": "u1", "thread_id": "t1", "type": "fact", **fields}
    return dict(await app.memories.upsert_item(document))


def ids(found: list[Document]) -> list[str]:
    return sorted(item["id"] for item in found)


async def test_memories_are_found_by_their_turns_in_the_thread_and_by_name_in_any(
    app: MemoryApp, memories: ForgettableMemories
) -> None:
    await store(app, "one", source_turn_ids=["a", "b"])
    await store(app, "ended", source_turn_ids=["b"], superseded_by="one")
    await store(app, "episode", type="episodic", source_turn_ids=["b", "c"])
    await store(app, "else", source_turn_ids=["c"])
    await store(app, "manual")
    await store(app, "same id", thread_id="t2", source_turn_ids=["b"])
    await store(app, "named", thread_id="t2", source_turn_ids=["b"])
    await store(app, "named", user_id="u2", source_turn_ids=["b"])
    found = await memories.resting_on(KEY, ["b", "x"], {"named", "one", "gone"})
    assert ids(found) == ["ended", "episode", "named", "one"]
    assert {item["user_id"] for item in found} == {"u1"}


async def test_memories_are_found_by_what_they_were_made_of_and_by_what_ended_them(
    app: MemoryApp, memories: ForgettableMemories
) -> None:
    await store(app, "rule", thread_id="__procedural__", source_fact_ids=["f1", "f2"])
    await store(app, "lesson", thread_id="__procedural__", source_episodic_ids=["e1"])
    await store(app, "ended", thread_id="t2", superseded_by="f1")
    await store(app, "ended", user_id="u2", superseded_by="f1")
    assert ids(await memories.derived_from("u1", ["f2", "e1"])) == ["lesson", "rule"]
    assert ids(await memories.derived_from("u1", ["f3"])) == []
    assert [item["thread_id"] for item in await memories.ended_by("u1", ["f1"])] == ["t2"]
    assert await memories.ended_by("u1", []) == []


async def test_a_memory_that_changed_meanwhile_is_neither_replaced_nor_removed(
    app: MemoryApp, memories: ForgettableMemories
) -> None:
    seen = await store(app, "one", content="before")
    now = await store(app, "one", content="after")
    with pytest.raises(ConflictError):
        await memories.replace({**seen, "content": "lost"})
    with pytest.raises(ConflictError):
        await memories.remove(seen)
    assert (await app.read(app.memories, "one", KEY))["content"] == "after"
    await memories.remove(now)
    await memories.remove(now)
    assert await app.find(app.memories) == []
