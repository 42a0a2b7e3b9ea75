import asyncio

import pytest

from shared.domain.errors import ConflictError
from shared.domain.identifiers import answer_id
from shared.domain.turns import ThreadKey
from tests.contract.adapters.conftest import OpenStores
from tests.contract.adapters.stores import KEY, Stores, closed, record_of
from tests.fakes.memory_app import MemoryApp

ANSWER = answer_id(1, "extract")


async def test_an_answer_is_read_as_it_was_stored(open_stores: OpenStores) -> None:
    stores = open_stores()
    await stores.claim(["a"])
    assert await stores.journal.load(KEY, "chunk:1", ANSWER) is None
    await stores.journal.create(KEY, "chunk:1", ANSWER, {"facts": [{"content": "x 😀"}], "n": 1})
    for process in (stores, open_stores()):
        stored = await process.journal.load(KEY, "chunk:1", ANSWER)
        assert stored is not None
        assert (stored["facts"], stored["n"]) == ([{"content": "x 😀"}], 1)


async def test_the_first_answer_wins(open_stores: OpenStores) -> None:
    one, other = open_stores(), open_stores()
    await one.claim(["a"])
    await one.journal.create(KEY, "chunk:1", ANSWER, {"words": "first"})
    for process in (one, other):
        kept = await process.journal.create(KEY, "chunk:1", ANSWER, {"words": "later"})
        assert kept["words"] == "first"


async def test_of_answers_stored_at_once_all_get_the_same(open_stores: OpenStores) -> None:
    processes = [open_stores() for _ in range(5)]
    await processes[0].claim(["a"])
    kept = await asyncio.gather(
        *(
            process.journal.create(KEY, "chunk:1", ANSWER, {"words": n})
            for n, process in enumerate(processes)
        )
    )
    assert len({answer["words"] for answer in kept}) == 1


async def test_nothing_is_stored_for_a_claim_that_was_committed(
    open_stores: OpenStores, app: MemoryApp
) -> None:
    stores, late = open_stores(), open_stores()
    claimed = await stores.claim(["a"])
    await stores.journal.create(KEY, "chunk:1", ANSWER, {"words": "first"})
    touched = await stores.threads.load(KEY, fresh=False)
    assert touched is not None
    await stores.threads.commit(closed(claimed.value), touched.etag, record_of(["a"]), [ANSWER])
    for process in (late, stores):
        with pytest.raises(ConflictError):
            await process.journal.create(KEY, "chunk:1", ANSWER, {"words": "late"})
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_a_missing_answer_of_a_claim_that_was_committed_is_not_to_be_asked_for(
    open_stores: OpenStores,
) -> None:
    stores, late = open_stores(), open_stores()
    claimed = await stores.claim(["a"])
    assert await late.journal.load(KEY, "chunk:1", ANSWER) is None
    await stores.threads.commit(closed(claimed.value), claimed.etag, record_of(["a"]), [])
    with pytest.raises(ConflictError):
        await late.journal.load(KEY, "chunk:1", ANSWER)


async def test_nothing_is_stored_for_a_thread_or_a_claim_that_does_not_exist(
    stores: Stores, app: MemoryApp
) -> None:
    with pytest.raises(ConflictError):
        await stores.journal.create(KEY, "chunk:1", ANSWER, {})
    await stores.claim(["a"])
    for claim_key in ("chunk:2", 'chunk:1" OR true OR "', ""):
        with pytest.raises(ConflictError):
            await stores.journal.create(KEY, claim_key, ANSWER, {})
    assert await app.find(app.counters, "c.type = 'answer'") == []


async def test_storing_an_answer_changes_nothing_else_of_the_state(stores: Stores) -> None:
    claimed = await stores.claim(["a"])
    await stores.journal.create(KEY, "chunk:1", ANSWER, {})
    after = await stores.threads.load(KEY, fresh=True)
    assert after is not None
    assert after.value.model_copy(update={"written_at": 0}) == claimed.value.model_copy(
        update={"written_at": 0}
    )
    assert await stores.threads.load(KEY, fresh=False) == after


async def test_threads_do_not_see_each_others_answers(stores: Stores) -> None:
    other = ThreadKey(user_id="u1", thread_id="t2")
    await stores.claim(["a"])
    await stores.claim(["a"], other)
    await stores.journal.create(KEY, "chunk:1", ANSWER, {"words": "of t1"})
    assert await stores.journal.load(other, "chunk:1", ANSWER) is None
