import asyncio

import pytest

from shared.domain.errors import ConflictError
from shared.domain.identifiers import answer_id
from shared.domain.thread_state import Claim, Retry, ThreadState
from shared.ports import Versioned
from tests.contract.adapters.conftest import OpenStores
from tests.contract.adapters.stores import KEY, Stores, arrived, closed, pending_ids, record_of
from tests.fakes.memory_app import MemoryApp

ANSWER = answer_id(1, "extract")


async def test_a_state_is_read_as_it_was_saved(open_stores: OpenStores) -> None:
    stores = open_stores()
    counted = await stores.threads.count(KEY, [arrived("a")])
    claim = Claim(key="chunk:1", chunk=1, turn_ids=["a"], extract=True, summarize_to=1)
    changed = counted.value.model_copy(
        update={"claim": claim, "idle": False, "retry": {"extract": Retry(failures=2)}}
    )
    saved = await stores.threads.save(changed, counted.etag)
    for process in (stores, open_stores()):
        assert await process.threads.load(KEY, fresh=True) == saved
    assert saved.value.model_copy(update={"written_at": 0}) == changed.model_copy(
        update={"written_at": 0}
    )
    assert saved.value.written_at > 1_700_000_000


async def test_a_state_that_changed_meanwhile_is_not_overwritten(open_stores: OpenStores) -> None:
    one, other = open_stores(), open_stores()
    first = await one.threads.count(KEY, [arrived("a")])
    await other.threads.count(KEY, [arrived("b")])
    with pytest.raises(ConflictError):
        await one.threads.save(first.value.model_copy(update={"idle": False}), first.etag)
    after = await one.threads.load(KEY, fresh=False)
    assert after is not None
    assert (after.value.arrived, after.value.idle) == (2, True)


async def test_of_two_claims_on_one_state_only_one_is_made(open_stores: OpenStores) -> None:
    processes = [open_stores() for _ in range(4)]
    counted = await processes[0].threads.count(KEY, [arrived("a")])

    async def claim(number: int, process: Stores) -> bool:
        made = Claim(key="chunk:1", chunk=number, turn_ids=["a"], extract=True)
        try:
            await process.threads.save(
                counted.value.model_copy(update={"claim": made}), counted.etag
            )
        except ConflictError:
            return False
        return True

    made = await asyncio.gather(*(claim(n, process) for n, process in enumerate(processes)))
    assert sum(made) == 1


async def test_a_remembered_state_is_refused_once_it_is_stale(open_stores: OpenStores) -> None:
    one, other = open_stores(), open_stores()
    await one.threads.count(KEY, [arrived("a")])
    await other.threads.count(KEY, [arrived("b")])
    remembered = await one.threads.load(KEY, fresh=False)
    assert remembered is not None
    assert remembered.value.arrived == 1
    with pytest.raises(ConflictError):
        await one.threads.save(remembered.value, remembered.etag)


async def test_a_state_that_was_erased_is_a_conflict(stores: Stores, app: MemoryApp) -> None:
    counted = await stores.threads.count(KEY, [arrived("a")])
    await app.counters.delete_item("state", partition_key=["u1", "t1"])
    with pytest.raises(ConflictError):
        await stores.threads.save(counted.value, counted.etag)
    assert await stores.threads.load(KEY, fresh=True) is None


async def test_pending_turns_come_in_order_of_arrival_up_to_the_limit(stores: Stores) -> None:
    order = [("d", 9, 0), ("a", 10, 1), ("c", 10, 2), ("b", 10, 10), ("e", 200, 0)]
    turns = [arrived(turn_id, second, place) for turn_id, second, place in reversed(order)]
    await stores.threads.count(KEY, turns)
    assert await pending_ids(stores, KEY, 10) == ["d", "a", "c", "b", "e"]
    assert await pending_ids(stores, KEY, 2) == ["d", "a"]


async def commit(
    stores: Stores, claimed: Versioned[ThreadState], answers: list[str]
) -> Versioned[ThreadState]:
    assert claimed.value.claim is not None
    record = record_of(claimed.value.claim.turn_ids)
    return await stores.threads.commit(closed(claimed.value), claimed.etag, record, answers)


async def test_a_commit_writes_state_ledger_and_marks_and_drops_the_answer(
    stores: Stores, app: MemoryApp
) -> None:
    await stores.claim(["a", "b"])
    await stores.threads.count(KEY, [arrived("c", 101)])
    await stores.journal.create(KEY, "chunk:1", ANSWER, {"facts": []})
    claimed = await stores.threads.load(KEY, fresh=True)
    assert claimed is not None
    state = (await commit(stores, claimed, [ANSWER])).value
    assert (state.claim, state.closed, state.arrived) == (None, 2, 3)
    assert await pending_ids(stores, KEY, 10) == ["c"]
    record = await app.read(app.counters, "chunk:1", KEY)
    assert (record["turn_ids"], record["memory_ids"]) == (["a", "b"], ["fact_1"])
    assert record["outcomes"] == {"a": "extracted", "b": "extracted"}
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_a_commit_under_a_stale_etag_writes_nothing(
    open_stores: OpenStores, app: MemoryApp
) -> None:
    stores = open_stores()
    claimed = await stores.claim(["a", "b"])
    await stores.journal.create(KEY, "chunk:1", ANSWER, {"facts": []})
    before = await app.find(app.counters)
    with pytest.raises(ConflictError):
        await commit(stores, claimed, [ANSWER])
    assert await app.find(app.counters) == before


async def test_a_commit_with_a_ledger_record_that_exists_writes_nothing(
    stores: Stores, app: MemoryApp
) -> None:
    claimed = await stores.claim(["a"])
    left = record_of(["a"]).model_dump(mode="json")
    await app.counters.create_item({**left, "id": "chunk:1", "type": "chunk"})
    before = await app.find(app.counters)
    with pytest.raises(ConflictError):
        await commit(stores, claimed, [])
    with pytest.raises(ConflictError):
        await commit(stores, claimed, [ANSWER])
    assert await app.find(app.counters) == before


async def test_committing_twice_is_a_conflict_and_changes_nothing(
    open_stores: OpenStores, app: MemoryApp
) -> None:
    stores, other = open_stores(), open_stores()
    claimed = await stores.claim(["a"])
    committed = await commit(stores, claimed, [])
    before = await app.find(app.counters)
    for process in (stores, other):
        with pytest.raises(ConflictError):
            await commit(process, claimed, [])
    assert await app.find(app.counters) == before
    assert await other.threads.load(KEY, fresh=True) == committed


async def test_marks_and_answers_that_are_gone_do_not_stop_a_commit(
    stores: Stores, app: MemoryApp
) -> None:
    claimed = await stores.claim(["a", "b", "c"])
    for mark in await app.find(app.counters, "c.type = 'seen' AND c.turn_id != 'b'"):
        await app.counters.delete_item(mark["id"], partition_key=["u1", "t1"])
    state = (await commit(stores, claimed, [ANSWER])).value
    assert (state.closed, state.claim) == (3, None)
    [left] = await app.find(app.counters, "c.type = 'seen'")
    assert left["chunk"] == 1
    assert (await app.read(app.counters, "chunk:1", KEY))["turn_ids"] == ["a", "b", "c"]


async def test_a_state_alone_can_be_committed_with_an_answer_to_drop(
    stores: Stores, app: MemoryApp
) -> None:
    await stores.claim(["a"])
    await stores.journal.create(KEY, "chunk:1", ANSWER, {"facts": []})
    claimed = await stores.threads.load(KEY, fresh=True)
    assert claimed is not None
    resting = claimed.value.model_copy(update={"idle": True})
    committed = await stores.threads.commit(resting, claimed.etag, None, [ANSWER])
    assert committed.value.claim == claimed.value.claim
    assert await app.find(app.counters, "c.type IN ('answer', 'chunk')") == []


async def test_the_turns_of_a_chunk_are_known_while_claimed_and_ever_after(
    open_stores: OpenStores,
) -> None:
    stores = open_stores()
    claimed = await stores.claim(["a", "b"])
    for process in (stores, open_stores()):
        assert await process.threads.chunk_turns(KEY, 1) == ["a", "b"]
    await commit(stores, claimed, [])
    for process in (stores, open_stores()):
        assert await process.threads.chunk_turns(KEY, 1) == ["a", "b"]
        assert await process.threads.chunk_turns(KEY, 2) == []
