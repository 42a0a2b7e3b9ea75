import pytest

from shared.domain.errors import ConflictError
from shared.domain.thread_state import Cadence, Retry
from shared.domain.turns import ThreadKey
from shared.domain.user_state import Folded, claim_profile, close_profile
from tests.contract.adapters.conftest import OpenStores
from tests.contract.adapters.stores import KEY, Stores, arrived
from tests.fakes.memory_app import MemoryApp

CADENCE = Cadence(extract_every=5, summarize_every=10, profile_every=20)

COUNTERS = ThreadKey(user_id="u1", thread_id="__counters__")


async def test_a_user_of_whom_nothing_was_committed_has_no_state(stores: Stores) -> None:
    assert await stores.users.load("u1") is None


async def test_a_state_is_read_as_it_was_saved(open_stores: OpenStores) -> None:
    stores = open_stores()
    counted = await stores.users.count_chunk(KEY, 1, 5, 100)
    changed = counted.value.model_copy(update={"retry": Retry(failures=1, next_at=5.0)})
    saved = await stores.users.save(claim_profile(changed, CADENCE, 0.0), counted.etag)
    assert await open_stores().users.load("u1") == saved
    assert saved.value.claim is not None
    assert saved.value.claim.to_turns == 5


async def test_a_state_that_changed_meanwhile_is_not_overwritten(open_stores: OpenStores) -> None:
    one, other = open_stores(), open_stores()
    counted = await one.users.count_chunk(KEY, 1, 5, 100)
    await other.users.count_chunk(KEY, 2, 5, 100)
    with pytest.raises(ConflictError):
        await one.users.save(claim_profile(counted.value, CADENCE, 0.0), counted.etag)
    after = await one.users.load("u1")
    assert after is not None
    assert (after.value.turns, after.value.claim) == (10, None)


async def test_the_answer_of_a_run_is_dropped_with_its_commit_or_not_at_all(
    stores: Stores, app: MemoryApp
) -> None:
    counted = await stores.users.count_chunk(KEY, 1, 5, 100)
    stale = await stores.users.save(claim_profile(counted.value, CADENCE, 0.0), counted.etag)
    await stores.user_journal.create(COUNTERS, "profile:1", "profile:1:answer", {"profile": None})
    with pytest.raises(ConflictError):
        await stores.users.save(stale.value, stale.etag, drop_answers=["profile:1:answer"])
    assert len(await app.find(app.counters, "c.type = 'answer'")) == 1
    claimed = await stores.users.load("u1")
    assert claimed is not None
    assert claimed.value.claim is not None
    done = close_profile(claimed.value, claimed.value.claim, Folded())
    await stores.users.save(done, claimed.etag, drop_answers=["profile:1:answer"])
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def flush(stores: Stores, thread_id: str, *, user_id: str = "u1", **changes: object) -> None:
    key = ThreadKey(user_id=user_id, thread_id=thread_id)
    counted = await stores.threads.count(key, [arrived("a"), arrived("b")])
    await stores.threads.save(counted.value.model_copy(update=changes), counted.etag)


async def test_a_thread_is_open_while_a_flush_of_it_is(stores: Stores) -> None:
    assert not await stores.users.has_open_threads("u1")
    await flush(stores, "no flush")
    await flush(stores, "flushed", flush_to=2, closed=2)
    await flush(stores, "of another user", user_id="u2", flush_to=2)
    assert not await stores.users.has_open_threads("u1")
    await flush(stores, "open", flush_to=2, closed=1)
    assert await stores.users.has_open_threads("u1")


async def test_a_thread_whose_extraction_waits_for_its_next_try_is_not_waited_for(
    stores: Stores,
) -> None:
    failed = {"extract": Retry(failures=1)}
    await flush(stores, "waits", flush_to=2, retry=failed)
    assert not await stores.users.has_open_threads("u1")
    await flush(stores, "runs again", flush_to=2, retry=failed, idle=False)
    assert await stores.users.has_open_threads("u1")
