import pytest

from shared.adapters.cosmos_counting import CosmosCounting
from shared.adapters.cosmos_thread_history import CosmosThreadHistory
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.adapters.cosmos_turn_inventory import CosmosTurnInventory
from shared.domain.errors import ConflictError
from shared.domain.turns import ThreadKey
from shared.domain.vanishing import ChunkTrace, SeenTurn
from shared.ports import ThreadHistory
from tests.contract.adapters.stores import KEY, Stores, arrived, closed, record_of
from tests.fakes.memory_app import MemoryApp

OTHER = ThreadKey(user_id="u1", thread_id="t2")


@pytest.fixture
def history(app: MemoryApp) -> ThreadHistory:
    threads = CosmosThreadLog(app.counters, CosmosCounting(app.counters, app.clock))
    return CosmosThreadHistory(app.counters, threads)


async def close(stores: Stores, *turn_ids: str, key: ThreadKey = KEY) -> None:
    claimed = await stores.claim(turn_ids, key)
    record = record_of(turn_ids, key)
    await stores.threads.commit(closed(claimed.value), claimed.etag, record, [])


async def seen_ids(history: ThreadHistory) -> set[str]:
    return {turn.turn_id async for page in history.seen(KEY) for turn in page}


async def test_closed_turns_are_seen_until_they_are_known_to_have_vanished(
    stores: Stores, history: ThreadHistory
) -> None:
    await close(stores, "a", "b", "c")
    await close(stores, "d", key=OTHER)
    await stores.threads.count(KEY, [arrived("open")])
    assert await seen_ids(history) == {"a", "b", "c"}
    stored = await stores.threads.load(KEY, fresh=True)
    assert stored is not None
    counted = stored.value.model_copy(update={"vanished": 2})
    written = await history.mark_vanished(counted, stored.etag, ["a", "b"])
    assert await seen_ids(history) == {"c"}
    assert written.value.vanished == 2
    with pytest.raises(ConflictError):
        await history.mark_vanished(counted, stored.etag, ["c"])
    with pytest.raises(ConflictError):
        await history.mark_vanished(counted, written.etag, ["c", "never counted"])
    assert await seen_ids(history) == {"c"}
    found = {turn.turn_id: turn for turn in await history.find_seen(KEY, ["a", "c", "open", "x"])}
    assert found["a"].vanished
    assert not found["c"].vanished
    assert (found["c"].chunk, found["open"].chunk) == (1, 0)
    assert found.keys() == {"a", "c", "open"}


async def test_a_mark_says_how_long_its_turn_lives(stores: Stores, history: ThreadHistory) -> None:
    turn = arrived("a").model_copy(update={"lifetime": 60})
    await stores.threads.count(KEY, [turn, arrived("b")])
    found = {turn.turn_id: turn for turn in await history.find_seen(KEY, ["a", "b"])}
    assert found["a"] == SeenTurn(turn_id="a", written_at=100, lifetime=60, mark_ttl=5_000_000)
    assert found["b"].lifetime is None
    later = turn.model_copy(update={"arrived_at": 130, "lifetime": -1, "ttl": -1})
    await stores.threads.count(KEY, [later, turn])  # the older write comes again
    [after] = await history.find_seen(KEY, ["a"])
    assert (after.written_at, after.lifetime) == (130, -1)


async def test_a_mark_of_an_earlier_version_tells_its_turns_lifetime(
    app: MemoryApp, history: ThreadHistory, stores: Stores
) -> None:
    await stores.threads.count(KEY, [arrived("a")])
    [mark] = await app.find(app.counters, "c.type = 'seen'")
    old = {name: value for name, value in mark.items() if name not in ("lifetime", "written_at")}
    await app.counters.upsert_item({**old, "ttl": 2_592_000 + 500})
    [seen] = await history.find_seen(KEY, ["a"])
    assert (seen.written_at, seen.lifetime) == (100, 500)


async def test_the_chunks_of_turns_name_the_memories_that_came_of_them(
    stores: Stores, history: ThreadHistory
) -> None:
    await close(stores, "a", "b")
    await close(stores, "a", key=OTHER)
    trace = ChunkTrace(chunk=1, turn_ids=["a", "b"], memory_ids=["fact_1"])
    assert await history.chunks_of(KEY, ["b", "x"]) == [trace]
    assert await history.chunks_of(KEY, ["x"]) == []


async def test_the_inventory_knows_which_turns_exist(app: MemoryApp) -> None:
    inventory = CosmosTurnInventory(app.turns)
    await app.write(KEY, "one", "two", "three")
    await app.write(OTHER, "four")
    await app.write(KEY, "a note", type="note")
    await app.turns.delete_item("turn-2", partition_key=["u1", "t1"])
    assert await inventory.existing(KEY) == {"turn-1", "turn-3"}
    assert await inventory.existing(KEY, ["turn-1", "turn-2", "turn-4"]) == {"turn-1"}


async def test_the_inventory_tells_a_container_from_one_that_was_created_anew(
    app: MemoryApp,
) -> None:
    inventory = CosmosTurnInventory(app.turns)
    described = await inventory.describe()
    assert described.default_ttl == 2_592_000
    assert described == await inventory.describe()
    other = await CosmosTurnInventory(app.memories).describe()
    assert other.identity != described.identity
    assert other.default_ttl == -1
