import time
from typing import Any

import pytest

from shared.domain.ledger import Totals
from shared.domain.retrying import defer
from shared.domain.scanning import ScanMark
from shared.domain.thread_state import Cadence
from shared.domain.turns import ThreadKey
from shared.domain.user_state import claim_profile
from tests.contract.adapters.stores import Stores, arrived

CADENCE = Cadence(extract_every=5, summarize_every=10, profile_every=20)


async def put(stores: Stores, thread_id: str, turns: int = 4, **changes: Any) -> None:
    """A thread with these turns counted and its state as given."""
    key = ThreadKey(user_id="u1", thread_id=thread_id)
    marks = [arrived(f"{thread_id}-{n}", 100 + n) for n in range(turns)]
    counted = await stores.threads.count(key, marks)
    await stores.threads.save(counted.value.model_copy(update=changes), counted.etag)


async def test_threads_with_work_run_have_pending_turns_or_lag_with_their_summary(
    stores: Stores,
) -> None:
    rest = {"closed": 4, "summarized": 4}
    await put(stores, "at rest", **rest)
    await put(stores, "runs", **rest, idle=False)
    await put(stores, "pending", closed=3, summarized=3)
    await put(stores, "lags", closed=4, summarized=2)
    found = [
        state async for page in stores.index.threads_with_work(summaries=True) for state in page
    ]
    assert {state.thread_id for state in found} == {"runs", "pending", "lags"}
    assert all(state.written_at > 1_700_000_000 for state in found)


async def test_users_with_work_run_are_wanted_or_lag_with_their_profile(stores: Stores) -> None:
    for user_id in ("at rest", "runs", "failed", "wanted", "lags", "owes rules"):
        key = ThreadKey(user_id=user_id, thread_id="t")
        counted = await stores.users.count_chunk(key, 1, 5, 100)
        state = counted.value.model_copy(update={"profiled": 5})
        if user_id == "runs":
            state = claim_profile(state, CADENCE, 0.0)
        elif user_id == "failed":
            state = claim_profile(state, CADENCE, 0.0).model_copy(update={"idle": True})
        elif user_id == "wanted":
            state = state.model_copy(update={"refresh": True})
        elif user_id == "lags":
            state = counted.value
        elif user_id == "owes rules":
            state = state.model_copy(update={"rules_retry": defer(None, 0.0, 60.0)})
        await stores.users.save(state, counted.etag)
    pages = stores.index.users_with_work(profiles=True)
    found = {state.user_id async for page in pages for state in page}
    assert found == {"runs", "failed", "wanted", "lags"}
    totals = await stores.index.totals(0, 0)
    assert (totals.busy_users, totals.failing["procedures"]) == (3, 1)
    pages = stores.index.users_with_work(profiles=True, rules=True)
    assert {state.user_id async for page in pages for state in page} == {*found, "owes rules"}


async def test_the_scan_mark_is_where_it_was_moved_to(stores: Stores) -> None:
    assert await stores.index.load_scan_mark() == ScanMark(until=0, complete=True)
    await stores.index.save_scan_mark(ScanMark(until=100))
    moved = ScanMark(until=200, complete=False)
    await stores.index.save_scan_mark(moved)
    loaded = await stores.index.load_scan_mark()
    assert loaded.model_copy(update={"stored_at": 0}) == moved
    assert loaded.stored_at == pytest.approx(time.time(), abs=60)


async def test_totals_of_an_empty_store_are_zero(stores: Stores) -> None:
    totals = await stores.index.totals(0, 0)
    assert (totals.arrived, totals.pending, totals.dead_letters) == (0, 0, 0)
    assert (totals.busy_threads, totals.busy_users, totals.oldest_pending) == (0, 0, 0)
    assert set(totals.outcomes.values()) == {0}


async def test_totals_are_sums_over_all_threads(stores: Stores) -> None:
    done = {"closed": 4, "summarized": 4, "outcomes": {"extracted": 3, "gone": 1}}
    await put(stores, "done", **done)
    await put(stores, "runs", 6, closed=4, outcomes={"extracted": 4}, idle=False)
    await put(stores, "flushed", 2, flush_to=2)
    totals: Totals = await stores.index.totals(0, 0)
    assert (totals.arrived, totals.pending) == (12, 4)
    assert (totals.outcomes["extracted"], totals.outcomes["gone"]) == (7, 1)
    assert totals.busy_threads == 2
    assert totals.oldest_pending == 100
