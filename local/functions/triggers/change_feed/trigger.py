"""One cosmosDBTrigger function: this host's share of the feed is delivered for ever."""

import asyncio
import logging

from local.functions.rehearsal import Rehearsal
from local.functions.rehearsal_feed import FeedOrders
from local.functions.settings import AppSettings
from local.functions.triggers.change_feed.back_off import BackOff
from local.functions.triggers.change_feed.connection import (
    NoSuchConnectionError,
    resolve_connection,
)
from local.functions.triggers.change_feed.controller import LeaseController
from local.functions.triggers.change_feed.options import parse_options
from local.functions.triggers.change_feed.preparation import open_feed
from local.functions.triggers.change_feed.pump import Consumer
from local.functions.triggers.change_feed.trouble import describe_trouble
from local.functions.worker.functions import Function, FunctionInError
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.CosmosDB")

DEAD_OWNERS_SETTING = "LOCAL_FUNCTIONS_LEASES_OF_DEAD_PROCESSES"
"""take: a host that starts takes the leases of a process of this machine that has ended at once, so
that after a crash the work goes on. wait: it waits until they expire, as on Azure."""


class CosmosTrigger:
    """Feeds a function with the changes of a container.

    Raises:
        FunctionInError: its binding cannot be used, or its connection is not set.
    """

    def __init__(
        self, worker: Worker, function: Function, settings: AppSettings, rehearsal: Rehearsal
    ) -> None:
        self._options = parse_options(function)
        self.orders = FeedOrders()
        """What is rehearsed with this function's feed."""
        self._consumer = Consumer(
            worker,
            function,
            self._options,
            rehearsal,
            self.orders,
            takes_leases_of_the_dead=_takes_leases_of_the_dead(function, settings),
        )
        try:
            self._monitored = resolve_connection(settings, self._options.monitored.connection)
            self._leases = resolve_connection(settings, self._options.leases.connection)
        except NoSuchConnectionError as error:
            raise FunctionInError(function.name, str(error)) from error
        self.ready = asyncio.Event()
        """Set once a lease exists for every range: what is written from then on is delivered."""
        self._finishing = asyncio.Event()

    @property
    def name(self) -> str:
        """The function's name."""
        return self._consumer.function.name

    def finish_soon(self) -> None:
        """Take no further batch; the one in hand may end and be recorded."""
        self._finishing.set()

    async def run(self) -> None:
        """Run until cancelled or told to finish. Nothing that the account does ends it."""
        back_off = BackOff()
        while not self._finishing.is_set():
            try:
                async with open_feed(
                    self.name, self._options, self._monitored, self._leases
                ) as prepared:
                    self.ready.set()
                    back_off.reset()
                    await LeaseController(self._consumer, prepared, self._finishing).run()
            except Exception as error:  # noqa: BLE001 - a loop that ends is a trigger that is dead
                logger.warning(
                    describe_trouble(
                        self.name, self._options, "the change feed cannot be prepared", error
                    )
                )
            if not self._finishing.is_set():
                await back_off.wait()


def _takes_leases_of_the_dead(function: Function, settings: AppSettings) -> bool:
    value = settings.get(DEAD_OWNERS_SETTING) or "take"
    if value not in ("take", "wait"):
        raise FunctionInError(
            function.name, f"the setting {DEAD_OWNERS_SETTING} is '{value}'; it is take or wait."
        )
    return value == "take"
