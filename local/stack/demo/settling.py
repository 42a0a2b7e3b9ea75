"""Waits until the app has dealt with every turn that was written."""

import asyncio
import time

from local.stack.demo.observer import AppStatus, Observer
from local.stack.demo.progress import DemoProgress
from local.stack.errors import StackError

POLL_SECONDS = 0.2
# Work that a flush has only just asked for may not show in the next status yet.
SETTLED_POLLS = 2
BASE_TIMEOUT_SECONDS = 300.0
TIMEOUT_SECONDS_PER_TURN = 0.5


async def wait_until_settled(observer: Observer, written: int, progress: DemoProgress) -> AppStatus:
    """Ask for a flush once every turn is counted, and return the status that shows no more work.

    Raises StackError, with the last status, when that takes too long.
    """
    deadline = time.monotonic() + BASE_TIMEOUT_SECONDS + TIMEOUT_SECONDS_PER_TURN * written
    flushed = False
    settled_polls = 0
    while True:
        status = await observer.status()
        counted = sum(int(counter["count"]) for counter in await observer.thread_counters())
        progress.observed(counted=counted, facts=await observer.count_facts())
        if not flushed and counted >= written:
            await observer.request_flush()
            flushed = True
            continue
        settled_polls = settled_polls + 1 if flushed and status.is_settled else 0
        if settled_polls == SETTLED_POLLS:
            return status
        if time.monotonic() > deadline:
            raise StackError(
                f"the app was not done in time: {written} turns written, {counted} counted, "
                f"status {status.model_dump_json()}"
            )
        await asyncio.sleep(POLL_SECONDS)
