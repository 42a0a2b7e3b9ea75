"""Documents of backfills and the walk over threads, over the real SDK."""

import asyncio

import pytest

from shared.adapters.cosmos_backfills import CosmosBackfillLog
from shared.domain.backfill import DONE, BackfillRequest, end_backfill
from shared.domain.errors import ConflictError
from shared.domain.turns import ThreadKey
from shared.ports import BackfillLog
from tests.contract.adapters.stores import Stores, arrived
from tests.fakes.memory_app import MemoryApp

ANEW = BackfillRequest(reprocess=True)
NOW = 1_000_000.0


@pytest.fixture
def log(app: MemoryApp) -> BackfillLog:
    return CosmosBackfillLog(app.counters)


async def test_each_request_takes_a_generation_that_no_other_has(log: BackfillLog) -> None:
    requests = [BackfillRequest(user_id=f"u{n}", reprocess=True) for n in range(4)]
    begun = await asyncio.gather(*(log.begin(request, NOW) for request in requests))
    assert len({backfill.generation for backfill, _ in begun}) == 4
    assert all(is_new for _, is_new in begun)


async def test_a_request_is_joined_until_it_has_ended(log: BackfillLog) -> None:
    first, _ = await log.begin(ANEW, NOW)
    joined, is_new = await log.begin(ANEW, NOW + 5)
    assert (joined.generation, joined.started_at, is_new) == (1, first.started_at, False)
    stored = await log.load(first.id)
    assert stored
    await log.save(end_backfill(stored.value, DONE, "2026-07-01T00:00:00+00:00"), stored.etag)
    again, is_new = await log.begin(ANEW, NOW + 9)
    assert is_new
    assert again.generation > first.generation
    assert [each.id for each in await log.list_all()] == [first.id]


async def test_a_document_that_was_changed_meanwhile_is_not_written_over(log: BackfillLog) -> None:
    begun, _ = await log.begin(ANEW, NOW)
    stored = await log.load(begun.id)
    assert stored
    await log.save(stored.value, stored.etag)
    with pytest.raises(ConflictError):
        await log.save(stored.value, stored.etag)


async def test_every_thread_is_walked_over_once_whatever_its_ids(
    app: MemoryApp, log: BackfillLog
) -> None:
    stores = Stores(app)
    keys = [
        ThreadKey(user_id=user, thread_id=thread)
        for user in ("ana", "a/b\\c#d", "bö@rn?x", "日本")
        for thread in ("chat", "t:1", "who?/where#", "é")
    ]
    for key in keys:
        await stores.threads.count(key, [arrived("a")])
    walked: list[ThreadKey] = []
    while found := await log.next_threads(None, walked[-1] if walked else None, 3):
        walked += found
    assert len(walked) == len(keys)
    assert set(walked) == set(keys)
    assert len(await log.next_threads("ana", None, 9)) == 4
    assert await log.next_threads("nobody", None, 9) == []
