"""Waits until the app has dealt with every turn that was written."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from local.stack.demo.observer import AppBusy, AppStatus, Observer
from local.stack.errors import StackError

POLL_SECONDS = 0.2
BASE_TIMEOUT_SECONDS = 300.0
TIMEOUT_SECONDS_PER_TURN = 0.5
# What a flush starts can leave something for the next one: a short thread's end is news to its
# user's profile. The rounds are bounded for an app with a step switched off, which never is done.
FLUSHES = 5


@dataclass(frozen=True)
class Sight:
    """What was seen of the work at one moment."""

    counted: int
    facts: int
    status: AppStatus


async def wait_until_settled(
    observer: Observer, written: int, seen: Callable[[Sight], None]
) -> AppStatus:
    """Ask for flushes, once every turn is counted, until one finds nothing to do.

    Returns the status after that; calls back with everything seen meanwhile. Raises StackError,
    with what was seen last, when it takes too long.
    """
    deadline = time.monotonic() + BASE_TIMEOUT_SECONDS + TIMEOUT_SECONDS_PER_TURN * written
    flushes = 0
    last: Sight | None = None
    while time.monotonic() < deadline:
        try:
            last = await _look(observer)
            seen(last)
            if last.counted >= written and (flushes == 0 or last.status.is_settled):
                found = await observer.request_flush() if flushes < FLUSHES else 0
                flushes += 1
                if found == 0 and last.status.is_settled:
                    return last.status
        except AppBusy:
            pass
        await asyncio.sleep(POLL_SECONDS)
    shown = f"{last.counted} counted, {last.status.model_dump_json()}" if last else "no status"
    raise StackError(f"the app was not done in time: {written} turns written, {shown}")


async def _look(observer: Observer) -> Sight:
    return Sight(
        status=await observer.status(),
        counted=sum(int(counter["count"]) for counter in await observer.thread_counters()),
        facts=await observer.count_facts(),
    )
