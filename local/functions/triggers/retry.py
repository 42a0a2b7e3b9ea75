"""The retry policy of a function (@app.retry), which the host carries out."""

import asyncio
import logging
from datetime import timedelta

from local.functions.worker.failures import FunctionFailedError, log_failure
from local.functions.worker.functions import Function
from local.functions.worker.messages import RetryContext, RpcException, RpcRetryOptions, TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Retry")

FOR_EVER = -1
"""The max_retry_count of a policy that never gives up."""


def compute_delay(policy: RpcRetryOptions, attempt: int) -> timedelta:
    """How long to wait before retry number `attempt` + 1 (0 for the first).

    Exponential: the minimum doubles with each retry and never exceeds the maximum. The real host
    adds a random part of up to 20 %; this one does not, so that tests can foresee it.
    """
    if policy.retry_strategy == "fixed_delay":
        return policy.delay_interval or timedelta(0)
    minimum = policy.minimum_interval or timedelta(0)
    maximum = policy.maximum_interval or timedelta.max
    # Beyond 2^32 the maximum, at most the largest 32-bit number of seconds, has long been reached.
    factor = 2 ** min(attempt, 32)
    return maximum if minimum > maximum / factor else minimum * factor


async def invoke_with_retry(worker: Worker, function: Function, value: TypedData) -> bool:
    """Invoke a trigger function until it succeeds or its policy is spent.

    False: the last attempt failed too. Every failure is logged here.
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
            await asyncio.sleep(compute_delay(policy, attempt - 1).total_seconds())
            context = RetryContext(
                attempt, policy.max_retry_count, RpcException(str(error), error.stack)
            )
        else:
            return True
