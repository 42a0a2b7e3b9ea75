"""How many requests each step takes: the bill that the design promises."""

from collections import Counter

import pytest

from shared.domain.identifiers import answer_id
from shared.domain.ledger import RunRecord, StepRecord
from tests.contract.adapters.stores import KEY, Stores, arrived, closed, record_of
from tests.fakes.embedder import embed_words
from tests.fakes.local_cosmos import LocalCosmos

ANSWER = answer_id(1, "extract")
ONE_BATCH = Counter({("batch", "counter"): 1})


@pytest.fixture
async def known_thread(stores: Stores, cosmos: LocalCosmos) -> Stores:
    """A thread and a user that were counted before, so that their documents are there."""
    await stores.threads.count(KEY, [arrived("first")])
    await stores.users.count_chunk(KEY, 0, 1, 100)
    cosmos.reset_stats()
    return stores


async def test_counting_a_new_turn_of_a_known_thread_takes_one_request(
    known_thread: Stores, cosmos: LocalCosmos
) -> None:
    await known_thread.threads.count(KEY, [arrived("second", 101)])
    assert cosmos.count_requests() == ONE_BATCH


async def test_counting_many_new_turns_takes_one_request_a_batch(
    known_thread: Stores, cosmos: LocalCosmos
) -> None:
    await known_thread.threads.count(KEY, [arrived(f"turn-{n}", 101) for n in range(88)])
    assert cosmos.count_requests() == ONE_BATCH


async def test_turns_that_were_counted_before_cost_no_further_write(
    known_thread: Stores, cosmos: LocalCosmos
) -> None:
    await known_thread.threads.count(KEY, [arrived("first")])
    assert cosmos.count_requests() == ONE_BATCH + Counter({("query", "counter"): 1})


async def test_the_first_turn_of_a_thread_takes_three_requests(
    stores: Stores, cosmos: LocalCosmos
) -> None:
    cosmos.reset_stats()
    await stores.threads.count(KEY, [arrived("first")])
    assert cosmos.count_requests().total() == 3


async def test_counting_a_chunk_of_a_known_user_takes_one_request(
    known_thread: Stores, cosmos: LocalCosmos
) -> None:
    await known_thread.users.count_chunk(KEY, 1, 5, 101)
    assert cosmos.count_requests() == ONE_BATCH


async def test_claiming_journalling_and_committing_take_a_request_each(
    known_thread: Stores, cosmos: LocalCosmos
) -> None:
    claimed = await known_thread.claim(["a", "b"])
    assert cosmos.count_requests() == Counter({("batch", "counter"): 2})  # count and save
    cosmos.reset_stats()
    await known_thread.journal.create(KEY, "chunk:1", ANSWER, {"facts": []})
    assert cosmos.count_requests() == ONE_BATCH
    cosmos.reset_stats()
    stored = await known_thread.threads.load(KEY, fresh=False)
    answer = await known_thread.journal.load(KEY, "chunk:1", ANSWER)
    members = await known_thread.threads.chunk_turns(KEY, 1)
    assert stored is not None
    assert answer is not None
    assert members == ["a", "b"]
    assert cosmos.count_requests().total() == 0
    record = record_of(["a", "b"])
    await known_thread.threads.commit(closed(claimed.value), stored.etag, record, [ANSWER])
    assert cosmos.count_requests() == ONE_BATCH


async def test_committing_a_users_run_with_its_record_takes_one_request(
    known_thread: Stores, cosmos: LocalCosmos
) -> None:
    stored = await known_thread.users.load("u1")
    assert stored is not None
    cosmos.reset_stats()
    record = RunRecord(
        user_id="u1",
        thread_id="__counters__",
        name="run:1",
        steps={"profile": StepRecord(count=3, tokens=110)},
        committed_at="2026-07-01T10:00:00+00:00",
    )
    await known_thread.users.save(stored.value, stored.etag, record=record)
    assert cosmos.count_requests() == ONE_BATCH


async def test_reads_take_one_request_each(known_thread: Stores, cosmos: LocalCosmos) -> None:
    await known_thread.turns.read(KEY, ["first", "second"])
    await known_thread.facts.nearest("u1", embed_words("tea"), 20)
    await known_thread.facts.load("u1", ["fact_1", "fact_2"])
    await known_thread.changed.since("u1", 0, [])
    await known_thread.summaries.load(KEY, "summary_u1_t1")
    await known_thread.users.load("u1")
    await known_thread.users.has_open_threads("u1")
    counts = cosmos.count_requests()
    assert counts == Counter(
        {
            ("query", "counter"): 1,
            ("read", "counter"): 1,
            ("query", "memories"): 3,
            ("query", "memories_turns"): 1,
            ("query", "memories_summaries"): 1,
        }
    )
