import logging

import pytest

from shared.domain.turns import ThreadKey
from tests.contract.adapters.conftest import OpenStores
from tests.contract.adapters.stores import KEY, Stores, arrived
from tests.fakes.memory_app import MemoryApp

OTHER = ThreadKey(user_id="u1", thread_id="t2")


async def rewrite_counter(app: MemoryApp, key: ThreadKey, count: int) -> None:
    """What the public SDK's in-process client does: replace the counter by its own fields."""
    counter_id = f"thread:{key.user_id}:{key.thread_id}"
    stored = await app.read(app.counters, counter_id, key)
    fields = ("id", "user_id", "thread_id", "last_batch_old_count", "last_batch_lsn", "created_at")
    rewritten = {name: stored[name] for name in fields}
    await app.counters.upsert_item(
        {**rewritten, "count": count, "last_owner": "inprocess", "updated_at": "2026-01-01"}
    )


async def test_a_counter_that_another_owner_wrote_is_put_right_with_one_warning(
    stores: Stores, app: MemoryApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="agent_memory")
    await stores.threads.count(KEY, [arrived("a"), arrived("b")])
    for wrong, turn_id in [(77, "c"), (0, "d"), (5000, "e")]:
        await rewrite_counter(app, KEY, wrong)
        await stores.threads.count(KEY, [arrived(turn_id)])
    counter = await app.read(app.counters, "thread:u1:t1", KEY)
    assert (counter["count"], counter["last_owner"]) == (5, "durable")
    state = await stores.threads.load(KEY, fresh=True)
    assert state is not None
    assert state.value.arrived == 5
    assert len(caplog.records) == 1
    message = caplog.records[0].getMessage()
    assert "inprocess" in message
    assert "MEMORY_PROCESSOR_OWNER" in message


async def test_every_counter_gets_its_own_warning_which_names_no_user(
    stores: Stores, app: MemoryApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="agent_memory")
    for key in (KEY, OTHER):
        await stores.threads.count(key, [arrived("a")])
        await rewrite_counter(app, key, 9)
        await stores.threads.count(key, [arrived("b")])
    messages = [record.getMessage() for record in caplog.records]
    assert len(set(messages)) == 2
    assert not any("u1" in message or "t1" in message for message in messages)


async def test_fields_that_others_keep_in_a_counter_survive_its_correction(
    stores: Stores, app: MemoryApp
) -> None:
    await app.counters.create_item(
        {
            "id": "thread:u1:t1",
            "user_id": "u1",
            "thread_id": "t1",
            "count": 40,
            "last_owner": "inprocess",
            "last_batch_lsn": 7,
            "last_batch_old_count": 3,
            "last_extract_count": 38,
            "last_failure_reason": "none",
            "created_at": "2025-01-01T00:00:00+00:00",
        }
    )
    await stores.threads.count(KEY, [arrived("a")])
    counter = await app.read(app.counters, "thread:u1:t1", KEY)
    assert (counter["count"], counter["last_owner"]) == (1, "durable")
    assert (counter["last_batch_lsn"], counter["last_batch_old_count"]) == (7, 3)
    assert (counter["last_extract_count"], counter["last_failure_reason"]) == (38, "none")
    assert counter["created_at"] == "2025-01-01T00:00:00+00:00"


async def test_a_counter_without_an_owner_is_taken_over_in_silence(
    stores: Stores, app: MemoryApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="agent_memory")
    counter = {"id": "thread:u1:t1", "user_id": "u1", "thread_id": "t1", "count": 3}
    await app.counters.create_item(counter)
    await stores.threads.count(KEY, [arrived("a")])
    assert (await app.read(app.counters, "thread:u1:t1", KEY))["count"] == 1
    assert caplog.records == []


async def test_a_counter_that_was_deleted_comes_back_with_the_exact_count(
    stores: Stores, app: MemoryApp
) -> None:
    await stores.threads.count(KEY, [arrived("a"), arrived("b")])
    await app.counters.delete_item("thread:u1:t1", partition_key=["u1", "t1"])
    await stores.threads.count(KEY, [arrived("b"), arrived("c")])
    assert (await app.read(app.counters, "thread:u1:t1", KEY))["count"] == 3


async def test_state_and_counter_that_vanish_are_begun_anew(
    open_stores: OpenStores, app: MemoryApp
) -> None:
    stores = open_stores()
    await stores.threads.count(KEY, [arrived("a"), arrived("b")])
    for item in await app.find(app.counters):
        await app.counters.delete_item(item["id"], partition_key=["u1", "t1"])
    state = await stores.threads.count(KEY, [arrived("a")])
    assert state.value.arrived == 1
    assert (await app.read(app.counters, "thread:u1:t1", KEY))["count"] == 1
