"""Takes this host's share of the leases, and runs a pump for each."""

import asyncio
import contextlib
import logging
import time
from random import Random
from typing import Any

from azure.core.exceptions import AzureError
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from local.functions.triggers.change_feed.balancing import Claim, choose_leases
from local.functions.triggers.change_feed.feed import RangeGoneError
from local.functions.triggers.change_feed.lease import Lease, LeaseLostError
from local.functions.triggers.change_feed.owners import is_known_dead
from local.functions.triggers.change_feed.preparation import PreparedFeed, create_missing_leases
from local.functions.triggers.change_feed.pump import Consumer, RangePump
from local.functions.triggers.change_feed.sightings import Sightings
from local.functions.triggers.change_feed.splits import StillSplittingError, replace_gone_lease
from local.functions.triggers.change_feed.trouble import describe_trouble

type Json = dict[str, Any]

logger = logging.getLogger("Host.CosmosDB")

_RELEASE_SECONDS = 1.0


class LeaseController:
    """The leases of one trigger, as long as its containers are there.

    Args:
        consumer: What is fed.
        prepared: The feed and its leases.
        finishing: Set when the host stops.
    """

    def __init__(
        self, consumer: Consumer, prepared: PreparedFeed, finishing: asyncio.Event
    ) -> None:
        self._consumer = consumer
        self._prepared = prepared
        self._feed = prepared.feed
        self._store = prepared.store
        self._finishing = finishing
        self._sightings = Sightings(consumer.options.expiration_interval)
        self._listed: set[str] = set()
        self._pumps: dict[str, RangePump] = {}
        self._takes_from_the_dead = consumer.takes_leases_of_the_dead
        self._wake = asyncio.Event()
        self._is_gone = False
        self._random = Random()

    async def run(self) -> None:
        """Acquire and deliver until the host stops, or a container is gone."""
        stopping = asyncio.create_task(self._stop_with_the_host())
        try:
            async with asyncio.TaskGroup() as pumps:
                while not (self._finishing.is_set() or self._is_gone):
                    self._wake.clear()
                    await self._run_round(pumps)
                    await self._pause()
                for pump in self._pumps.values():
                    pump.stop_soon()
        finally:
            stopping.cancel()

    async def _run_round(self, pumps: asyncio.TaskGroup) -> None:
        try:
            leases = await self._list_leases()
            for lease_id in choose_leases(
                self._read_claims(leases), self._store.owner, self._random
            ):
                document = next(each for each in leases if each["id"] == lease_id)
                lease = await self._store.acquire(document)
                if lease is not None:
                    self._log_taken(document)
                    pump = RangePump(self._consumer, self._feed, lease)
                    self._pumps[lease.id] = pump
                    pumps.create_task(self._hold(lease, pump))
        except CosmosResourceNotFoundError:
            self._prepare_again()
        except (AzureError, OSError, RangeGoneError) as error:
            self._log_trouble("the leases cannot be read or taken", error)

    async def _list_leases(self) -> list[Json]:
        leases = await self._store.list_leases()
        listed = {each["id"] for each in leases} | self._store.damaged
        if not listed or self._listed - listed:
            # A partition was split, or somebody deleted leases.
            await create_missing_leases(self._consumer.options, self._prepared)
        self._listed = listed
        return leases

    def _read_claims(self, leases: list[Json]) -> list[Claim]:
        now = time.monotonic()
        self._sightings.note({each["id"]: each["_etag"] for each in leases}, now)
        claims = [Claim(each["id"], self._find_owner(each, now)) for each in leases]
        # Only at the start: between hosts that run, a dead one is waited for as on Azure.
        self._takes_from_the_dead = False
        return claims

    def _find_owner(self, lease: Json, now: float) -> str | None:
        """Tell who has a lease; None: it can be taken."""
        if lease["id"] in self._pumps:
            return self._store.owner  # also while the pump finds out that it was lost
        owner: str | None = lease["Owner"]
        if not owner or owner == self._store.owner:
            return None
        if self._takes_from_the_dead and is_known_dead(owner):
            return None
        return None if self._sightings.is_expired(lease["id"], now) else owner

    async def _hold(self, lease: Lease, pump: RangePump) -> None:
        """Run a pump to its end, and leave the lease as the end was."""
        try:
            await pump.run()
        except LeaseLostError as lost:
            logger.warning(
                "Function '%s': another host took the lease %s.", self._consumer.function.name, lost
            )
        except RangeGoneError:
            await self._replace(lease)
        except CosmosResourceNotFoundError:
            self._prepare_again()
        except Exception:
            # A fault of the host's own: the lease is taken again in the next round.
            logger.exception("Function '%s': a feed range stopped.", self._consumer.function.name)
        finally:
            with contextlib.suppress(LeaseLostError, AzureError, OSError, TimeoutError):
                async with asyncio.timeout(_RELEASE_SECONDS):
                    await lease.release()
            del self._pumps[lease.id]

    async def _replace(self, lease: Lease) -> None:
        try:
            children = await replace_gone_lease(self._feed, self._store, lease)
        except (StillSplittingError, LeaseLostError):
            return  # seen again in the next round
        except (AzureError, OSError) as error:
            self._log_trouble("the lease of a partition that was split cannot be replaced", error)
            return
        logger.info(
            "Function '%s': partition %s was split into %s.",
            self._consumer.function.name,
            lease.range.id,
            ", ".join(children),
        )
        self._wake.set()

    async def _stop_with_the_host(self) -> None:
        await self._finishing.wait()
        self._wake.set()
        for pump in self._pumps.values():
            pump.stop_soon()

    def _prepare_again(self) -> None:
        self._is_gone = True
        self._wake.set()

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._consumer.options.acquire_interval):
                await self._wake.wait()

    def _log_taken(self, document: Json) -> None:
        logger.info(
            "Function '%s': took the lease of partition %s (%s).",
            self._consumer.function.name,
            document["LeaseToken"],
            f"of {document['Owner']}" if document["Owner"] else "free",
        )

    def _log_trouble(self, what: str, error: BaseException) -> None:
        name, options = self._consumer.function.name, self._consumer.options
        logger.warning(describe_trouble(name, options, what, error))
