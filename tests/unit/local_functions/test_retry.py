"""How long the host waits between the tries of a trigger function."""

from datetime import timedelta

import pytest

from local.functions.triggers.retry import compute_delay
from local.functions.worker.messages import RpcRetryOptions


def test_a_fixed_delay_is_the_same_each_time() -> None:
    policy = RpcRetryOptions(3, "fixed_delay", delay_interval=timedelta(seconds=4))
    assert {compute_delay(policy, attempt).total_seconds() for attempt in range(5)} == {4}


def test_an_exponential_delay_grows_by_a_doubling_part_up_to_its_maximum() -> None:
    policy = RpcRetryOptions(
        -1,
        "exponential_backoff",
        minimum_interval=timedelta(seconds=2),
        maximum_interval=timedelta(seconds=15),
    )
    delays = [compute_delay(policy, n, lambda _low, _high: 1.0) for n in range(6)]
    assert [delay.total_seconds() for delay in delays] == [2, 4, 6, 10, 15, 15]


def test_the_doubling_part_is_a_fifth_more_or_less_by_chance() -> None:
    policy = RpcRetryOptions(
        -1,
        "exponential_backoff",
        minimum_interval=timedelta(seconds=10),
        maximum_interval=timedelta(hours=1),
    )
    seconds = [compute_delay(policy, 2).total_seconds() for _ in range(200)]
    assert min(seconds) >= 10 + 16
    assert max(seconds) <= 10 + 24
    assert max(seconds) - min(seconds) > 4


@pytest.mark.parametrize("attempt", [0, 1, 63, 10_000])
def test_a_policy_without_bounds_never_overflows(attempt: int) -> None:
    unbounded = RpcRetryOptions(-1, "exponential_backoff")
    assert compute_delay(unbounded, attempt) == timedelta(0)
    widest = RpcRetryOptions(
        -1,
        "exponential_backoff",
        minimum_interval=timedelta(seconds=1),
        maximum_interval=timedelta(seconds=2**31 - 1),
    )
    assert compute_delay(widest, attempt) <= timedelta(seconds=2**31 - 1)
