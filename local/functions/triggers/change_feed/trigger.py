"""One cosmosDBTrigger function: each feed range is read and delivered for ever."""

import asyncio
import contextlib
import json
import logging

from azure.core.exceptions import AzureError
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceNotFoundError

from local.functions.settings import AppSettings
from local.functions.triggers.change_feed.back_off import BackOff
from local.functions.triggers.change_feed.connection import (
    NoSuchConnectionError,
    resolve_connection,
)
from local.functions.triggers.change_feed.feed import ChangeFeed
from local.functions.triggers.change_feed.leases import Lease, LeaseLostError
from local.functions.triggers.change_feed.options import parse_options
from local.functions.triggers.change_feed.preparation import PreparedFeed, open_feed
from local.functions.triggers.retry import invoke_with_retry
from local.functions.worker.functions import Function, FunctionInError
from local.functions.worker.messages import TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.CosmosDB")

_RELEASE_SECONDS = 1.0


class CosmosTrigger:
    """Feeds a function with the changes of a container.

    Raises:
        FunctionInError: its binding cannot be used, or its connection is not set.
    """

    def __init__(self, worker: Worker, function: Function, settings: AppSettings) -> None:
        self._worker = worker
        self._function = function
        self._options = parse_options(function)
        try:
            self._monitored = resolve_connection(settings, self._options.monitored.connection)
            self._leases = resolve_connection(settings, self._options.leases.connection)
        except NoSuchConnectionError as error:
            raise FunctionInError(function.name, str(error)) from error
        self.ready = asyncio.Event()
        """Set once a lease exists for every range: what is written from then on is delivered."""
        self._finishing = asyncio.Event()

    def finish_soon(self) -> None:
        """Take no further batch; the one in hand may end and be recorded."""
        self._finishing.set()

    async def run(self) -> None:
        """Run until cancelled or told to finish. Nothing that the account does ends it."""
        back_off = BackOff()
        while not self._finishing.is_set():
            try:
                async with open_feed(self._options, self._monitored, self._leases) as prepared:
                    self.ready.set()
                    back_off.reset()
                    await self._run_ranges(prepared)
            except Exception as error:  # noqa: BLE001 - a loop that ends is a trigger that is dead
                self._log_trouble("the change feed cannot be prepared", error)
            if not self._finishing.is_set():
                await back_off.wait()

    async def _run_ranges(self, prepared: PreparedFeed) -> None:
        async with asyncio.TaskGroup() as ranges:
            for lease_id in prepared.lease_ids:
                ranges.create_task(self._run_range(prepared, lease_id))

    async def _run_range(self, prepared: PreparedFeed, lease_id: str) -> None:
        back_off = BackOff()
        while not self._finishing.is_set():
            try:
                lease = await prepared.store.acquire(lease_id)
                if lease is None:
                    await self._pause(self._options.acquire_interval)
                    continue
                back_off.reset()
                await self._hold(prepared.feed, lease)
            except CosmosResourceNotFoundError:
                raise  # the container or the lease is gone: prepare again
            except (AzureError, OSError) as error:
                self._log_trouble("a feed range cannot be read", error)
                await back_off.wait()

    async def _hold(self, feed: ChangeFeed, lease: Lease) -> None:
        """Deliver a range's changes until the lease is lost."""
        tasks = [
            asyncio.create_task(self._renew(lease)),
            asyncio.create_task(self._deliver(feed, lease)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        except LeaseLostError as lost:
            logger.warning(
                "Function '%s': another host took the lease %s.", self._function.name, lost
            )
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(LeaseLostError, AzureError, OSError, TimeoutError):
                async with asyncio.timeout(_RELEASE_SECONDS):
                    await lease.release()

    async def _renew(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self._options.renew_interval)
            await lease.renew()

    async def _deliver(self, feed: ChangeFeed, lease: Lease) -> None:
        position = lease.continuation
        while not self._finishing.is_set():
            page = await feed.read_page(
                lease.feed_range, position, self._options.start, self._options.max_items
            )
            position = page.continuation
            if not page.documents:
                await self._pause(self._options.poll_delay)
                continue
            if lease.age_seconds > 2 * self._options.renew_interval:
                # The process was stopped or the machine slept: is the lease still ours?
                await lease.renew()
            batch = TypedData(string=json.dumps(page.documents))
            if not await invoke_with_retry(self._worker, self._function, batch):
                # As on Azure (CosmosDBTriggerListener.ProcessChangesAsync): the lease moves on.
                logger.error(
                    "Function '%s': a batch of %d documents was not processed and is skipped.",
                    self._function.name,
                    len(page.documents),
                )
            await lease.checkpoint(position)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._finishing.wait()

    def _log_trouble(self, what: str, error: BaseException) -> None:
        logger.warning(
            "Function '%s': %s and will be tried again (%s). Is %s up, and are database '%s', its "
            "container '%s' and the lease container '%s' there?",
            self._function.name,
            what,
            _describe(error),
            self._monitored.endpoint,
            self._options.monitored.database,
            self._options.monitored.container,
            self._options.leases.container,
        )


def _describe(error: BaseException) -> str:
    # Not the message of a refused request: it quotes the response, which may quote a document.
    if isinstance(error, BaseExceptionGroup):
        inner: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - a group of anything
        return ", ".join(_describe(each) for each in inner)
    if isinstance(error, CosmosHttpResponseError):
        return f"{type(error).__name__}, status {error.status_code}"
    return f"{type(error).__name__}: {error}"
