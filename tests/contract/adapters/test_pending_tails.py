"""What a process knows of pending turns without asking, and when it must ask."""

import random
from collections.abc import Callable

import pytest

from shared.domain.errors import ConflictError
from shared.domain.identifiers import answer_id
from shared.domain.thread_state import Claim
from tests.contract.adapters.stores import KEY, Stores, arrived, closed, pending_ids, record_of
from tests.fakes.local_cosmos import LocalCosmos
from tests.fakes.memory_app import MemoryApp

ANSWER = answer_id(1, "extract")


async def test_turns_that_one_process_counted_are_listed_in_order_without_a_request(
    stores: Stores, cosmos: LocalCosmos
) -> None:
    await stores.threads.count(KEY, [arrived("c", 103)])
    await stores.threads.count(KEY, [arrived("a", 101)])
    await stores.threads.count(KEY, [arrived("d", 104), arrived("b", 102)])
    cosmos.reset_stats()
    assert await pending_ids(stores, KEY, 20) == ["a", "b", "c", "d"]
    assert await pending_ids(stores, KEY, 2) == ["a", "b"]
    assert cosmos.count_requests().total() == 0


async def test_a_claim_an_answer_and_a_commit_leave_the_turns_behind_them_known(
    stores: Stores, cosmos: LocalCosmos
) -> None:
    claimed = await stores.claim(["a", "b"])
    await stores.threads.count(KEY, [arrived("c", 103)])
    await stores.journal.create(KEY, "chunk:1", ANSWER, {"facts": []})
    stored = await stores.threads.load(KEY, fresh=False)
    assert stored is not None
    state = closed(claimed.value).model_copy(update={"arrived": 3, "last_arrival": 103})
    await stores.threads.commit(state, stored.etag, record_of(["a", "b"]), [ANSWER])
    cosmos.reset_stats()
    assert await pending_ids(stores, KEY, 20) == ["c"]
    assert cosmos.count_requests().total() == 0


async def test_turns_that_another_process_counted_are_asked_for(
    stores: Stores, open_stores: Callable[[], Stores]
) -> None:
    await stores.threads.count(KEY, [arrived("a", 101)])
    await open_stores().threads.count(KEY, [arrived("b", 102)])
    await stores.threads.count(KEY, [arrived("c", 103)])
    assert await pending_ids(stores, KEY, 20) == ["a", "b", "c"]


async def test_turns_that_another_process_closed_while_it_counted_as_many_are_noticed(
    stores: Stores, open_stores: Callable[[], Stores]
) -> None:
    await stores.threads.count(KEY, [arrived("a", 101)])
    other = open_stores()
    claimed = await other.claim(["b"])
    await other.threads.commit(closed(claimed.value), claimed.etag, record_of(["a"]), [])
    await stores.threads.count(KEY, [arrived("c", 103)])
    assert await pending_ids(stores, KEY, 20) == ["b", "c"]


async def test_more_turns_than_a_chunk_holds_are_not_kept(
    stores: Stores, cosmos: LocalCosmos
) -> None:
    await stores.threads.count(KEY, [arrived(f"turn-{n}", 100 + n) for n in range(21)])
    cosmos.reset_stats()
    assert len(await pending_ids(stores, KEY, 20)) == 20
    assert cosmos.count_requests().total() == 1


@pytest.mark.parametrize("seed", range(12))
async def test_no_claim_is_made_of_turns_that_are_not_the_pending_ones(
    seed: int, open_stores: Callable[[], Stores]
) -> None:
    draw = random.Random(seed)
    workers = [open_stores(), open_stores()]
    for number in range(30):
        worker = draw.choice(workers)
        if draw.random() < 0.6:
            turns = [arrived(f"{number}-{n}", 100 + number) for n in range(draw.choice((1, 2)))]
            await worker.threads.count(KEY, turns)
            continue
        stored = await worker.threads.load(KEY, fresh=draw.random() < 0.3)
        if stored is None:
            continue
        listed = await pending_ids(worker, KEY, 20)
        truth = await pending_ids(open_stores(), KEY, 20)
        chunk = stored.value.chunks + 1
        claim = Claim(key=f"chunk:{chunk}", chunk=chunk, turn_ids=listed[:5], extract=True)
        state = stored.value.model_copy(update={"claim": claim})
        try:
            claimed = await worker.threads.save(state, stored.etag)
        except ConflictError:
            continue
        assert listed == truth
        if listed:
            record = record_of(listed[:5], chunk=chunk)
            await worker.threads.commit(closed(claimed.value), claimed.etag, record, [])


async def test_turns_of_a_thread_before_it_was_erased_are_not_taken_for_pending(
    stores: Stores, open_stores: Callable[[], Stores], app: MemoryApp
) -> None:
    await stores.threads.count(KEY, [arrived("old-a", 101)])
    await stores.threads.count(KEY, [arrived("old-b", 102)])
    for item in await app.find(app.counters, "c.user_id = 'u1'"):
        partition = [item["user_id"], item["thread_id"]]
        await app.counters.delete_item(item["id"], partition_key=partition)
    other = open_stores()
    await other.threads.count(KEY, [arrived("new-a", 201)])
    await other.threads.count(KEY, [arrived("new-b", 202)])
    await stores.threads.count(KEY, [arrived("new-c", 203)])
    assert await pending_ids(stores, KEY, 20) == ["new-a", "new-b", "new-c"]
