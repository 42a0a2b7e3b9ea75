from shared.domain.turns import ThreadKey
from tests.contract.adapters.stores import KEY, Stores
from tests.fakes.embedder import embed_words
from tests.fakes.memory_app import Document, MemoryApp


def summary_of(key: ThreadKey, content: str, **fields: object) -> Document:
    return {
        "id": f"summary_{key.user_id}_{key.thread_id}",
        "user_id": key.user_id,
        "thread_id": key.thread_id,
        "type": "thread_summary",
        "content": content,
        "metadata": {"source_count": 3},
        "created_at": "2026-01-01",
        "updated_at": "2026-01-02",
        "embedding": embed_words(content),
        **fields,
    }


async def test_a_summary_is_read_as_it_was_saved_last_without_its_vector(stores: Stores) -> None:
    assert await stores.summaries.load(KEY, "summary_u1_t1") is None
    assert await stores.summaries.save(summary_of(KEY, "first"), replacing=None)
    first = await stores.summaries.load(KEY, "summary_u1_t1")
    assert first is not None
    second = summary_of(KEY, "second", metadata={"source_count": 6})
    assert await stores.summaries.save(second, replacing=first["_etag"])
    stored = await stores.summaries.load(KEY, "summary_u1_t1")
    assert stored is not None
    assert (stored["content"], stored["metadata"]) == ("second", {"source_count": 6})
    assert (stored["created_at"], stored["updated_at"]) == ("2026-01-01", "2026-01-02")
    assert "embedding" not in stored


async def test_a_summary_of_another_thread_is_not_read(stores: Stores) -> None:
    await stores.summaries.save(summary_of(KEY, "mine"), replacing=None)
    other = ThreadKey(user_id="u1", thread_id="t2")
    assert await stores.summaries.load(other, "summary_u1_t1") is None


async def test_a_profile_and_changed_summaries_are_those_of_the_user(
    stores: Stores, app: MemoryApp
) -> None:
    second = ThreadKey(user_id="u1", thread_id="t2")
    await stores.summaries.save(summary_of(KEY, "one"), replacing=None)
    await stores.summaries.save(summary_of(second, "two"), replacing=None)
    await stores.summaries.save(
        summary_of(ThreadKey(user_id="u2", thread_id="t1"), "foreign"), replacing=None
    )
    ended = ThreadKey(user_id="u1", thread_id="t3")
    await stores.summaries.save(summary_of(ended, "ended", superseded_by="other"), replacing=None)
    profile = ThreadKey(user_id="u1", thread_id="__user_summary__")
    await stores.summaries.save(summary_of(profile, "profile", type="user_summary"), replacing=None)
    read = stores.summaries.profile_and_changed_threads
    found, changed = await read("u1", "summary_u1___user_summary__", 0, [])
    assert found is not None
    assert (found["content"], found["metadata"]) == (None, {"source_count": 3})
    assert "embedding" not in found
    assert {item["content"] for item in changed} == {"one", "two"}
    latest = max(item["_ts"] for item in changed)
    assert await read("u1", "none", latest + 1, []) == (None, [])
    known = [item["_etag"] for item in [found, *changed] if item["content"] != "two"]
    found, changed = await read("u1", "summary_u1___user_summary__", 0, known)
    assert found is not None
    assert found["metadata"] == {"source_count": 3}
    assert {(item["thread_id"], item["content"]) for item in changed} == {
        ("t1", None), ("t2", "two"),
    }  # fmt: skip


async def test_a_summary_is_written_over_the_version_it_was_made_from_and_no_other(
    stores: Stores,
) -> None:
    await stores.summaries.save(summary_of(KEY, "first"), replacing=None)
    first = await stores.summaries.load(KEY, "summary_u1_t1")
    assert first is not None
    assert not await stores.summaries.save(summary_of(KEY, "born again"), replacing=None)
    assert await stores.summaries.save(summary_of(KEY, "second"), replacing=first["_etag"])
    assert not await stores.summaries.save(summary_of(KEY, "late"), replacing=first["_etag"])
    stored = await stores.summaries.load(KEY, "summary_u1_t1")
    assert stored is not None
    assert stored["content"] == "second"
