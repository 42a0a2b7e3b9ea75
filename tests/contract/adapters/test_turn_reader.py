from shared.domain.turns import ThreadKey
from tests.contract.adapters.stores import KEY, Stores
from tests.fakes.memory_app import MemoryApp

OTHER = ThreadKey(user_id="u2", thread_id="t1")


async def test_turns_are_read_in_the_order_asked_for_without_those_that_are_gone(
    stores: Stores, app: MemoryApp
) -> None:
    await app.write(KEY, "one", "two", "three")
    await app.write(OTHER, "another's")
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    turns = await stores.turns.read(KEY, ["turn-3", "turn-2", "turn-1", "turn-4", "never"])
    assert [(turn.id, turn.content) for turn in turns] == [("turn-3", "three"), ("turn-1", "one")]


async def test_a_turn_is_read_with_all_that_the_prompts_show(
    stores: Stores, app: MemoryApp
) -> None:
    await app.write(
        KEY,
        "hello",
        role="agent",
        agent_id="agent-1",
        metadata={"speaker": "Ana"},
        extracted_at="2026-01-01T00:00:00+00:00",
    )
    [turn] = await stores.turns.read(KEY, ["turn-1"])
    assert (turn.role, turn.agent_id, turn.metadata) == ("agent", "agent-1", {"speaker": "Ana"})
    assert turn.created_at == "2026-07-01T10:00:01+00:00"
    assert turn.extracted_elsewhere


async def test_no_turn_is_read_where_none_is_asked_for(stores: Stores, app: MemoryApp) -> None:
    await app.write(KEY, "one")
    assert await stores.turns.read(KEY, []) == []


async def test_documents_that_are_no_turns_are_not_read(stores: Stores, app: MemoryApp) -> None:
    await app.write(KEY, "one", type="note")
    assert await stores.turns.read(KEY, ["turn-1"]) == []


async def test_a_scan_finds_the_turns_of_all_users_in_a_half_open_span_without_content(
    stores: Stores, app: MemoryApp
) -> None:
    written = await app.write(KEY, "one", "two") + await app.write(OTHER, "three", ttl=99)
    await app.write(OTHER, "no turn", type="note")
    first, last = written[0]["_ts"], written[-1]["_ts"]
    pages = [page async for page in stores.turns.scan(first, last + 1)]
    found = {item["id"]: item for page in pages for item in page}
    assert set(found) == {"turn-1", "turn-2", "turn-3"}
    assert found["turn-3"]["user_id"] == "u2"
    assert found["turn-3"]["ttl"] == 99
    assert not any("content" in item for item in found.values())
    assert [page async for page in stores.turns.scan(last + 1, last + 60) if page] == []
    assert [page async for page in stores.turns.scan(first - 60, first) if page] == []


async def test_a_scan_comes_in_pages(stores: Stores, app: MemoryApp) -> None:
    for n in range(6):
        key = ThreadKey(user_id=f"u{n}", thread_id="t")
        batch = [
            ("upsert", ({"id": f"{i}", "user_id": f"u{n}", "thread_id": "t", "type": "turn"},), {})
            for i in range(100)
        ]
        await app.turns.execute_item_batch(batch, partition_key=[key.user_id, key.thread_id])
    now = int(app.clock.now())
    pages = [page async for page in stores.turns.scan(now - 600, now + 600)]
    assert sum(map(len, pages)) == 600
    assert len(pages) > 1
    assert max(map(len, pages)) <= 500
