"""The retry policy of a function (@app.retry), which the host carries out."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from datetime import timedelta

from local.functions.worker.failures import FunctionFailedError, log_failure
from local.functions.worker.functions import Function
from local.functions.worker.messages import RetryContext, RpcException, RpcRetryOptions, TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Retry")

FOR_EVER = -1
"""The max_retry_count of a policy that never gives up."""


def compute_delay(
    policy: RpcRetryOptions,
    attempt: int,
    draw: Callable[[float, float], float] = random.uniform,
) -> timedelta:
    """How long to wait before retry number `attempt` + 1 (0 for the first).

    Exponential, as RandomizedExponentialBackoffStrategy of azure-webjobs-sdk has it: the minimum
    first; then the minimum plus a part that doubles each time, itself 20 % more or less by chance;
    never above the maximum. `draw` makes a number between its two arguments.
    """
    if policy.retry_strategy == "fixed_delay":
        return policy.delay_interval or timedelta(0)
    minimum = policy.minimum_interval or timedelta(0)
    maximum = policy.maximum_interval or timedelta.max
    if attempt == 0:
        return min(minimum, maximum)
    # Beyond 2^32 the maximum, at most the largest 32-bit number of seconds, has long been reached.
    factor = 1 + draw(0.8, 1.2) * 2 ** min(attempt - 1, 32)
    return maximum if minimum > maximum / factor else minimum * factor


class RetryAbandonedError(Exception):
    """An attempt failed and the next one is another host's, or this host's after its next start."""


async def invoke_with_retry(
    worker: Worker, function: Function, value: TypedData, abandon: asyncio.Event | None = None
) -> bool:
    """Invoke a trigger function until it succeeds or its policy is spent.

    False: the last attempt failed too. Every failure is logged here.

    Args:
        worker: Runs the function.
        function: What is invoked.
        value: The trigger's value.
        abandon: Once it is set, no further attempt is made; one under way ends first.

    Raises:
        RetryAbandonedError: an attempt failed that would have been retried.
    """
    policy = function.retry or RpcRetryOptions(max_retry_count=0)
    attempt = 0
    context: RetryContext | None = None
    while True:
        try:
            await worker.invoke(function, value, retry=context)
        except FunctionFailedError as error:
            is_last = policy.max_retry_count != FOR_EVER and attempt >= policy.max_retry_count
            attempt += 1
            outlook = "no retry is left" if is_last else "it will be retried"
            log_failure(logger, function.name, error, f"that was attempt {attempt} and {outlook}")
            if is_last:
                return False
            await _wait(compute_delay(policy, attempt - 1).total_seconds(), abandon)
            context = RetryContext(
                attempt, policy.max_retry_count, RpcException(str(error), error.stack)
            )
        else:
            return True


async def _wait(seconds: float, abandon: asyncio.Event | None) -> None:
    if abandon is None:
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await abandon.wait()
    if abandon.is_set():
        raise RetryAbandonedError
