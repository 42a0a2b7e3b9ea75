"""What an injected fault does to a request."""

import asyncio
from collections.abc import Awaitable, Callable

from local.cosmos.errors import CosmosError
from local.cosmos.faults import FaultRule
from local.cosmos.wire import Reply

# The status of a reply that is never sent: the connection is closed instead.
NO_REPLY = 0
# What the service says besides, if an order does not: that the request rate is too large.
_SUBSTATUS = {429: 3200}


async def answer_struck(rule: FaultRule, handle: Callable[[], Awaitable[Reply]]) -> Reply:
    """Answer a request as the rule wants it; a reply with status NO_REPLY must not be sent.

    Raises:
        CosmosError: the rule's own refusal, or that of the request.
    """
    if rule.kind == "delay":
        await asyncio.sleep(rule.seconds)
        return await handle()
    if rule.kind == "lose_reply":
        await _do(handle)
    return Reply(NO_REPLY) if rule.status is None else _refuse(rule, rule.status)


async def _do(handle: Callable[[], Awaitable[Reply]]) -> None:
    """Do what was asked; whatever it answers is lost, a refusal too."""
    try:
        await handle()
    except CosmosError:
        return


def _refuse(rule: FaultRule, status: int) -> Reply:
    error = CosmosError(status, f"Injected fault: status {status}.")
    reply = Reply(status, error.body())
    substatus = _SUBSTATUS.get(status) if rule.substatus is None else rule.substatus
    if substatus:
        reply.headers["x-ms-substatus"] = str(substatus)
    if rule.retry_after_ms is not None:
        reply.headers["x-ms-retry-after-ms"] = str(rule.retry_after_ms)
    return reply
