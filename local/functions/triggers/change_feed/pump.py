"""Delivers the changes of one range to the function, for as long as this host has the lease."""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass

from azure.core.exceptions import AzureError
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from local.functions.rehearsal import Rehearsal
from local.functions.rehearsal_feed import FeedOrders
from local.functions.triggers.change_feed.back_off import BackOff
from local.functions.triggers.change_feed.feed import ChangeFeed, FeedPage
from local.functions.triggers.change_feed.lease import Lease, LeaseLostError
from local.functions.triggers.change_feed.options import ChangeFeedOptions
from local.functions.triggers.change_feed.replay import Replay
from local.functions.triggers.change_feed.trouble import describe_trouble
from local.functions.triggers.retry import RetryAbandonedError, invoke_with_retry
from local.functions.worker.functions import Function
from local.functions.worker.messages import TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.CosmosDB")


@dataclass(frozen=True)
class Consumer:
    """The function that is fed, how its trigger is set, and what is ordered to go wrong."""

    worker: Worker
    function: Function
    options: ChangeFeedOptions
    rehearsal: Rehearsal
    orders: FeedOrders
    takes_leases_of_the_dead: bool
    """Whether a host that starts takes those of a process of this machine that has ended."""


class RangePump:
    """Reads a range and feeds the function, batch by batch, while renewing the lease."""

    def __init__(self, consumer: Consumer, feed: ChangeFeed, lease: Lease) -> None:
        self._consumer = consumer
        self._options = consumer.options
        self._feed = feed
        self._lease = lease
        self._stopping = asyncio.Event()
        self._replay = Replay(consumer.orders, lease.range.id, self._options.max_items)

    def stop_soon(self) -> None:
        """Take no further batch; the one in hand may end and be recorded."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until told to stop.

        The function is never interrupted by the loss of the lease, as on Azure; what it did is
        then not recorded, and the new owner delivers the batch again.

        Raises:
            LeaseLostError: another host has the lease.
            RangeGoneError: the range was split.
            CosmosResourceNotFoundError: the container is gone.
        """
        renewing = asyncio.create_task(self._renew())
        try:
            await self._deliver()
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
        if self._lease.is_lost:
            raise LeaseLostError(self._lease.id)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._options.renew_interval)
            try:
                await self._lease.renew()
            except LeaseLostError:
                self._stopping.set()
                return
            except (AzureError, OSError) as error:
                self._log_trouble("a lease cannot be renewed", error)

    async def _deliver(self) -> None:
        position = self._lease.continuation
        back_off = BackOff()
        while not self._stopping.is_set():
            position = self._replay.go_back(position)
            try:
                page = await self._feed.read_page(
                    self._lease.range, position, self._options.start, self._replay.choose_size()
                )
                if page.documents and not self._stopping.is_set():
                    await self._give(page)
                    self._replay.remember(position, len(page.documents))
            except CosmosResourceNotFoundError:
                raise
            except RetryAbandonedError:
                return
            except (AzureError, OSError) as error:
                self._log_trouble("a feed range cannot be read or recorded", error)
                await back_off.wait()
                continue
            back_off.reset()
            position = page.continuation
            if not page.documents:
                self._replay.end()
                await self._pause(self._options.poll_delay)

    async def _give(self, page: FeedPage) -> None:
        if self._lease.age_seconds > 2 * self._options.renew_interval:
            # The process was stopped or the machine slept: is the lease still ours?
            await self._lease.renew()
        if self._consumer.orders.take_drop():
            logger.warning("Rehearsal: a batch of %d documents is dropped.", len(page.documents))
        else:
            await self._call(page)
        await self._lease.checkpoint(page.continuation)
        await self._consumer.rehearsal.reach("after checkpoint")

    async def _call(self, page: FeedPage) -> None:
        await self._consumer.rehearsal.reach("before function")
        batch = TypedData(string=json.dumps(page.documents))
        function = self._consumer.function
        if not await invoke_with_retry(self._consumer.worker, function, batch, self._stopping):
            # As on Azure (CosmosDBTriggerListener.ProcessChangesAsync): the lease moves on.
            logger.error(
                "Function '%s': a batch of %d documents was not processed and is skipped.",
                function.name,
                len(page.documents),
            )
        await self._consumer.rehearsal.reach("after function")

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _log_trouble(self, what: str, error: BaseException) -> None:
        logger.warning(describe_trouble(self._consumer.function.name, self._options, what, error))
