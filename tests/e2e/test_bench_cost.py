"""The cost bench runs the whole app, and counts what the app asks for and nothing else."""

import pytest

from bench.cost.cases import count_long_thread, count_slow

pytestmark = pytest.mark.long


async def test_a_thread_of_ten_turns_is_counted_at_the_servers() -> None:
    counted = await count_long_thread([5, 10])
    assert counted[5].chat_calls_by_purpose == {"ExtractMemories": 1}
    after = counted[10]
    assert after.chat_calls_by_purpose == {"ExtractMemories": 2, "SummarizeThread": 1}
    assert (after.facts, after.not_extracted, after.extracted_twice) == (5, 0, 0)
    assert 10 < after.cosmos_requests <= 4 * 10
    assert 0 < after.query_bytes < 100_000
    assert after.feed_requests > 10
    assert after.sweep_requests == 0


async def test_a_long_thread_takes_at_most_four_cosmos_operations_a_turn() -> None:
    [counted] = (await count_long_thread([100])).values()
    assert (counted.not_extracted, counted.extracted_twice) == (0, 0)
    assert 100 < counted.cosmos_requests <= 4 * 100


async def test_pairs_that_follow_each_other_slowly_are_extracted_together() -> None:
    counted = await count_slow(12)
    assert (counted.not_extracted, counted.extracted_twice, counted.facts) == (0, 0, 6)
    assert counted.chat_calls_by_purpose["ExtractMemories"] == 3  # of 2, 5 and 5
    assert counted.sweep_requests > 0


async def test_pairs_that_are_extracted_one_by_one_are_summarised_together() -> None:
    counted = await count_slow(24, waits=True)
    assert (counted.not_extracted, counted.extracted_twice, counted.facts) == (0, 0, 12)
    calls = counted.chat_calls_by_purpose
    assert calls["ExtractMemories"] == 12
    assert (calls["SummarizeThread"], calls["UpdateUserProfile"]) == (1, 1)  # of the first flush
