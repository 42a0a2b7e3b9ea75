import pytest

from shared.adapters.cosmos_procedures import CosmosProcedureStore
from shared.ports import ProcedureStore
from tests.fakes.local_cosmos import LocalCosmos
from tests.fakes.memory_app import Document, MemoryApp

RULE: Document = {
    "id": "proc_1",
    "user_id": "u1",
    "thread_id": "__procedural__",
    "type": "procedural",
    "name": "Answers",
    "summary": "Answer briefly.",
    "status": "active",
    "version": 1,
    "reviewed_by": "a person",
    "embedding": [0.5, 0.25],
}
# More than one patch takes.
CHANGES = {f"field_{number}": number for number in range(12)} | {"summary": "Answer in German."}


@pytest.fixture
def procedures(app: MemoryApp) -> ProcedureStore:
    return CosmosProcedureStore(app.memories)


async def test_a_rule_is_loaded_with_its_wording_and_without_its_vector(
    app: MemoryApp, procedures: ProcedureStore
) -> None:
    await app.memories.create_item(RULE)
    assert await procedures.load("u2", ["proc_1"]) == {}
    loaded = (await procedures.load("u1", ["proc_1", "unknown"]))["proc_1"]
    assert (loaded["summary"], loaded["status"], loaded["version"]) == (
        "Answer briefly.", "active", 1,
    )  # fmt: skip
    assert "embedding" not in loaded


async def test_a_revision_is_one_request_and_leaves_all_other_fields(
    app: MemoryApp, procedures: ProcedureStore, cosmos: LocalCosmos
) -> None:
    etag = (await app.memories.create_item(RULE))["_etag"]
    cosmos.reset_stats()
    assert await procedures.revise("u1", "proc_1", etag, CHANGES)
    assert cosmos.count_requests() == {("batch", "memories"): 1}
    [stored] = await app.find(app.memories)
    assert {name: stored[name] for name in CHANGES} == CHANGES
    assert (stored["reviewed_by"], stored["embedding"]) == ("a person", [0.5, 0.25])


async def test_a_version_that_is_not_the_one_seen_is_not_revised_at_all(
    app: MemoryApp, procedures: ProcedureStore
) -> None:
    first = (await app.memories.create_item(RULE))["_etag"]
    later = await app.memories.upsert_item({**RULE, "status": "rejected"})
    assert not await procedures.revise("u1", "proc_1", first, CHANGES)
    assert not await procedures.revise("u1", "unknown", first, CHANGES)
    [stored] = await app.find(app.memories)
    assert stored["_etag"] == later["_etag"]
