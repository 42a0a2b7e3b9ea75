"""The one owner of retries: a step is tried again here and nowhere else.

The SDK clients retry nothing, save the Cosmos DB client's own back-off on 429. Durable Functions'
RetryOptions know only a fixed interval in 1.x, so the pauses are durable timers: doubling, with a
jitter that is a function of the instance and the attempt and so the same on every replay.
"""

import zlib
from collections.abc import Generator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
from shared.domain.messages import DEFERRED, RetryPolicy, StepResult

type Steps[R] = Generator[Any, Any, R]
"""A part of an orchestration: it yields durable tasks and returns R."""

_LONGEST_PAUSE = 60.0


def jitter(instance_id: str, attempt: int) -> float:
    """A factor between 0.75 and 1.25."""
    return 0.75 + (zlib.crc32(f"{instance_id}:{attempt}".encode()) % 1000) / 2000


def pause_after(attempt: int, policy: RetryPolicy) -> float:
    """Seconds to wait after the attempt, counted from 0, has failed: doubling, up to a minute."""
    return min(_LONGEST_PAUSE, policy.first_seconds * 2**attempt)


def call_step(
    context: df.DurableOrchestrationContext,
    name: str,
    payload: Mapping[str, Any],
    policy: RetryPolicy,
) -> Steps[dict[str, Any] | None]:
    """The result of an activity, tried as the policy says; None if every try failed.

    The activity is told the number of the attempt, so that only a later one looks for what an
    earlier one may have left. Any failure is retried: what must not be is a result, not an error.
    """
    for attempt in range(policy.attempts):
        try:
            result = yield context.call_activity(name, {**payload, "attempt": attempt})
            return result
        except Exception:  # noqa: BLE001 - 1.7.0 raises a bare Exception for a failed activity
            if attempt + 1 == policy.attempts:
                return None
        pause = pause_after(attempt, policy) * jitter(context.instance_id, attempt)
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=pause))
    return None


def call_steps(
    context: df.DurableOrchestrationContext,
    names: Sequence[str],
    payload: Mapping[str, Any],
    policy: RetryPolicy,
) -> Steps[dict[str, Any]]:
    """The result of the last of some activities over one payload; deferred once one of them is."""
    result: dict[str, Any] = {}
    for name in names:
        answer = yield from call_step(context, name, payload, policy)
        if answer is None:
            return StepResult(status=DEFERRED).model_dump(mode="json")
        result = answer
    return result
