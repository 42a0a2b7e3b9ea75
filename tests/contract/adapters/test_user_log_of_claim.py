"""The user's state while a claim lives: what a process remembers of it, and when it looks anew."""

import pytest

from shared.domain.errors import ConflictError
from shared.domain.thread_state import Cadence
from shared.domain.turns import ThreadKey
from shared.domain.user_state import Folded, UserState, claim_profile, close_profile
from shared.ports import Versioned
from tests.contract.adapters.conftest import OpenStores
from tests.contract.adapters.stores import KEY, Stores
from tests.fakes.local_cosmos import LocalCosmos

CADENCE = Cadence(extract_every=5, summarize_every=10, profile_every=20)
COUNTERS = ThreadKey(user_id="u1", thread_id="__counters__")
CLAIM, ANSWER = "profile:1", "profile:1:answer"


async def claim(stores: Stores) -> Versioned[UserState]:
    counted = await stores.users.count_chunk(KEY, 1, 5, 100)
    return await stores.users.save(claim_profile(counted.value, CADENCE, 0.0), counted.etag)


async def load(stores: Stores, of_claim: str = CLAIM) -> Versioned[UserState]:
    found = await stores.users.load("u1", of_claim=of_claim)
    assert found is not None
    return found


async def test_the_process_that_has_claimed_reads_its_claim_without_a_request(
    stores: Stores, cosmos: LocalCosmos
) -> None:
    claimed = await claim(stores)
    cosmos.reset_stats()
    assert await load(stores) == claimed
    assert cosmos.count_requests().total() == 0


async def test_another_process_reads_the_claim_from_the_store(open_stores: OpenStores) -> None:
    one, other = open_stores(), open_stores()
    claimed = await claim(one)
    assert await load(other) == claimed


async def test_a_state_that_is_asked_for_without_a_claim_is_always_read(
    open_stores: OpenStores,
) -> None:
    one, other = open_stores(), open_stores()
    await claim(one)
    await other.users.count_chunk(KEY, 2, 5, 101)
    assert (await load(one, of_claim="")).value.turns == 10


async def test_what_others_have_counted_meanwhile_is_no_part_of_a_claim_and_stops_its_commit(
    open_stores: OpenStores,
) -> None:
    one, other = open_stores(), open_stores()
    claimed = await claim(one)
    await other.users.count_chunk(KEY, 2, 5, 101)
    remembered = await load(one)
    assert remembered == claimed
    assert remembered.value.claim is not None
    done = close_profile(remembered.value, remembered.value.claim, Folded())
    with pytest.raises(ConflictError):
        await one.users.save(done, remembered.etag)
    assert (await load(one)).value.turns == 10


async def test_a_claim_that_another_process_has_committed_is_not_remembered_as_the_next(
    open_stores: OpenStores,
) -> None:
    one, other = open_stores(), open_stores()
    await claim(one)
    theirs = await load(other)
    assert theirs.value.claim is not None
    await other.users.save(close_profile(theirs.value, theirs.value.claim, Folded()), theirs.etag)
    found = await load(one, of_claim="profile:2")
    assert (found.value.claim, found.value.runs) == (None, 1)


async def test_after_an_answer_is_journalled_the_claim_can_be_committed_without_reading_it_anew(
    stores: Stores, cosmos: LocalCosmos
) -> None:
    await claim(stores)
    await stores.user_journal.create(COUNTERS, CLAIM, ANSWER, {"profile": None})
    cosmos.reset_stats()
    touched = await load(stores)
    assert cosmos.count_requests().total() == 0
    assert touched == await load(stores, of_claim="")
    assert touched.value.claim is not None
    done = close_profile(touched.value, touched.value.claim, Folded())
    saved = await stores.users.save(done, touched.etag, drop_answers=[ANSWER])
    assert saved.value.claim is None
