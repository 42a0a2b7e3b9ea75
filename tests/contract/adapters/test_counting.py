import asyncio
import random

import pytest

from shared.domain.turns import ThreadKey
from tests.contract.adapters.conftest import OpenStores
from tests.contract.adapters.stores import KEY, Stores, arrived, pending_ids
from tests.fakes.memory_app import MemoryApp


async def test_a_thread_that_was_never_seen_has_no_state(stores: Stores) -> None:
    assert await stores.threads.load(KEY, fresh=True) is None
    assert await stores.threads.load(KEY, fresh=False) is None


async def test_turns_are_counted_in_state_and_public_counter(
    stores: Stores, app: MemoryApp
) -> None:
    await stores.threads.count(KEY, [arrived("a", 100)])
    state = (await stores.threads.count(KEY, [arrived("b", 101), arrived("c", 102)])).value
    assert (state.arrived, state.last_arrival, state.idle) == (3, 102, True)
    counter = await app.read(app.counters, "thread:u1:t1", KEY)
    assert (counter["count"], counter["last_owner"]) == (3, "durable")
    assert (counter["user_id"], counter["thread_id"]) == ("u1", "t1")
    assert counter["last_batch_old_count"] == 0
    assert counter["last_batch_lsn"] is None
    assert counter["updated_at"] >= counter["created_at"]


@pytest.mark.parametrize("seed", range(6))
async def test_a_turn_is_counted_once_however_often_and_grouped_it_is_delivered(
    open_stores: OpenStores, app: MemoryApp, seed: int
) -> None:
    chance = random.Random(seed)
    turns = [arrived(f"turn-{n}", 100 + n) for n in range(12)]
    deliveries = [chance.sample(turns, chance.randint(1, 12)) for _ in range(6)] + [turns]
    processes = [open_stores(), open_stores()]
    for batch in deliveries:
        await chance.choice(processes).threads.count(KEY, batch)
    state = await processes[0].threads.load(KEY, fresh=True)
    assert state is not None
    assert state.value.arrived == 12
    assert (await app.read(app.counters, "thread:u1:t1", KEY))["count"] == 12
    pending = await pending_ids(processes[0], KEY, 50)
    assert pending == [turn.turn_id for turn in turns]


async def test_two_processes_that_count_the_same_turns_at_once_count_each_once(
    open_stores: OpenStores, app: MemoryApp
) -> None:
    processes = [open_stores() for _ in range(3)]
    batches = [[arrived(f"turn-{n}", 100 + n) for n in range(start, start + 8)] for start in (0, 4)]
    await asyncio.gather(
        *(process.threads.count(KEY, batch) for process in processes for batch in batches)
    )
    assert (await app.read(app.counters, "state", KEY))["arrived"] == 12
    assert (await app.read(app.counters, "thread:u1:t1", KEY))["count"] == 12
    assert len(await app.find(app.counters, "c.type = 'seen'")) == 12


async def test_more_turns_than_a_batch_holds_are_counted_with_their_state(stores: Stores) -> None:
    turns = [arrived(f"turn-{n:03}", 100, n) for n in range(200)]
    state = (await stores.threads.count(KEY, turns)).value
    assert state.arrived == 200
    assert (await stores.threads.count(KEY, turns)).value.arrived == 200
    assert await pending_ids(stores, KEY, 500) == [turn.turn_id for turn in turns]


@pytest.mark.parametrize(
    ("user_id", "thread_id"),
    [
        ("user/with/slashes", "thread\\with\\backslashes"),
        ("what?", "the #hash"),
        ("tab\tand\nnewline", "t"),
        ("ユーザー", "нить 🧵"),
        ("quote\"and'quote", "per%20cent"),
        ("ends with a space ", " starts with one"),
        ("x" * 900, "y" * 900),
    ],
)
async def test_any_user_and_thread_can_be_counted_and_processed(
    stores: Stores, app: MemoryApp, user_id: str, thread_id: str
) -> None:
    key = ThreadKey(user_id=user_id, thread_id=thread_id)
    turn_ids = ["plain", "with space", "наоборот", "emoji 🧵"]
    turns = [arrived(turn_id, second) for second, turn_id in enumerate(turn_ids)]
    await stores.threads.count(key, turns)
    counted = await stores.threads.count(key, turns)
    assert counted.value.arrived == 4
    assert await pending_ids(stores, key, 10) == turn_ids
    [counter] = await app.find(app.counters, "STARTSWITH(c.id, 'thread:')")
    assert (counter["count"], counter["user_id"]) == (4, user_id)
    user = await stores.users.count_chunk(key, 1, 4, 100)
    assert user.value.turns == 4


async def test_threads_of_one_user_and_of_others_do_not_touch_each_other(stores: Stores) -> None:
    keys = [("u", "a"), ("u", "b"), ("ua", ""), ("u2", "a"), ("a", "u")]
    for n, (user_id, thread_id) in enumerate(keys, 1):
        key = ThreadKey(user_id=user_id, thread_id=thread_id)
        turns = [arrived(f"same-{i}", i) for i in range(n)]
        assert (await stores.threads.count(key, turns)).value.arrived == n


async def test_the_memory_of_a_turn_ends_when_it_may(stores: Stores, app: MemoryApp) -> None:
    await stores.threads.count(KEY, [arrived("a")])
    [seen] = await app.find(app.counters, "c.type = 'seen'")
    assert seen["ttl"] == 5_000_000
    assert "ttl" not in await app.read(app.counters, "state", KEY)


async def test_chunks_of_a_user_are_counted_once(open_stores: OpenStores, app: MemoryApp) -> None:
    other = ThreadKey(user_id="u1", thread_id="t2")
    processes = [open_stores(), open_stores()]
    for process in [*processes, processes[0]]:
        await process.users.count_chunk(KEY, 1, 5, 100)
        await process.users.count_chunk(KEY, 2, 3, 101)
        await process.users.count_chunk(other, 1, 7, 102)
    state = await processes[1].users.load("u1")
    assert state is not None
    assert state.value.turns == 15
    counters = ThreadKey(user_id="u1", thread_id="__counters__")
    counter = await app.read(app.counters, "user:u1", counters)
    assert (counter["count"], counter["last_owner"]) == (15, "durable")


async def test_concurrent_commits_of_a_users_threads_are_all_counted(
    open_stores: OpenStores,
) -> None:
    keys = [ThreadKey(user_id="u1", thread_id=f"t{n}") for n in range(8)]
    await asyncio.gather(*(open_stores().users.count_chunk(key, 1, 5, 100) for key in keys))
    state = await open_stores().users.load("u1")
    assert state is not None
    assert state.value.turns == 40


async def test_a_wish_for_a_profile_stays_until_it_is_met(stores: Stores) -> None:
    await stores.users.request_refresh("u1")
    await stores.users.request_refresh("u1")
    state = (await stores.users.count_chunk(KEY, 1, 5, 100)).value
    assert (state.refresh, state.turns) == (True, 5)
    other = await stores.users.count_chunk(ThreadKey(user_id="u2", thread_id="t"), 1, 5, 100)
    assert not other.value.refresh
    await stores.users.request_refresh("u2")
    kept = await stores.users.load("u2")
    assert kept is not None
    assert (kept.value.refresh, kept.value.turns) == (True, 5)
