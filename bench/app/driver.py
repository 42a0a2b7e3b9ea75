"""Writes turns to the running app, waits until it rests, and reads what both servers counted.

Everything here goes to the store under a user agent of its own, and so is never counted as the
app's work.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from bench.app.stack import RunningApp
from local.stack.containers import load_description

type Document = dict[str, Any]

_POLL_SECONDS = 0.01
_PATIENCE_SECONDS = 120
_RUNNING = "runtimeStatus=Running,Pending,ContinuedAsNew"


class AppDriver:
    """One running app."""

    def __init__(self, app: RunningApp, http: aiohttp.ClientSession, cosmos: CosmosClient) -> None:
        self._addresses = app.addresses
        self._clock_file = app.clock_file
        self._http = http
        self._cosmos = cosmos

    def container(self, role: str) -> ContainerProxy:
        """A container of the app, by its role in shared/containers.json."""
        description = load_description()
        database = self._cosmos.get_database_client(description.database)
        return database.get_container_client(description.name_of(role))

    async def find(self, role: str, query: str) -> list[Any]:
        """What a query over all users finds."""
        return [row async for row in self.container(role).query_items(query)]

    async def write(self, turn: Document) -> None:
        await self.container("turns").create_item(turn)

    async def wait_until_processed(
        self, user_id: str, thread_id: str, arrived: int, most_pending: int
    ) -> None:
        """Return once so many turns are counted, at most so many open, and nothing runs or waits.

        Raises RuntimeError with what was seen last where that takes too long.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        thread: Document = {}
        user: Document = {}
        while time.monotonic() < deadline:
            thread = await self._state("state", user_id, thread_id)
            if thread.get("arrived") == arrived and _rests(thread, most_pending):
                user = await self._state("user-state", user_id, "__counters__")
                if not user.get("refresh") and not await self._count_running():
                    return
            await asyncio.sleep(_POLL_SECONDS)
        raise RuntimeError(f"turn {arrived} was not processed in time; states: {thread}, {user}")

    async def _state(self, item_id: str, user_id: str, thread_id: str) -> Document:
        try:
            partition = [user_id, thread_id]
            return dict(await self.container("counters").read_item(item_id, partition))
        except CosmosResourceNotFoundError:
            return {}

    async def _count_running(self) -> int:
        host = self._addresses.functions_host
        url = f"{host}/runtime/webhooks/durabletask/instances?{_RUNNING}"
        return len(await self._ask("GET", url))

    async def sweep(self, seconds_later: float) -> None:
        """Have the sweeper run as if so much time had passed; what it starts is not waited for."""
        later = self._clock_file.with_suffix(".next")
        later.write_text(str(seconds_later))
        later.replace(self._clock_file)
        before = await self._count_scans()
        url = f"{self._addresses.functions_host}/admin/functions/sweep"
        await self._ask("POST", url, {"input": ""})
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while await self._count_scans() == before:
            if time.monotonic() > deadline:
                raise RuntimeError("the sweeper does not run")
            await asyncio.sleep(_POLL_SECONDS)

    async def _count_scans(self) -> int:
        """Looks for unseen turns, which a sweep ends with: all it wants to start is marked then."""
        turns = self.container("turns").id
        return sum(
            row["count"]
            for row in await self.store_counts()
            if row["container"] == turns and "-sweep" in row["user_agent"]
        )

    async def reset_counts(self) -> None:
        await self._ask("POST", f"{self._addresses.cosmos}/_stats/reset")
        await self._ask("POST", f"{self._addresses.model_host}/_stats/reset")

    async def store_counts(self) -> list[Document]:
        """Requests to the store by operation, container and user agent."""
        rows: list[Document] = (await self._ask("GET", f"{self._addresses.cosmos}/_stats"))[
            "requests"
        ]
        return rows

    async def model_counts(self) -> Document:
        """Calls to the model; see local/model/stats.py."""
        counts: Document = await self._ask("GET", f"{self._addresses.model_host}/_stats")
        return counts

    async def _ask(self, method: str, url: str, body: Document | None = None) -> Any:
        async with self._http.request(method, url, json=body) as response:
            response.raise_for_status()
            return await response.json() if response.status == 200 else None


def _rests(thread: Document, most_pending: int) -> bool:
    """Whether no more turns than these are open, and none that a flush has asked for."""
    closed = int(thread["closed"])
    open_turns = int(thread["arrived"]) - closed
    return open_turns <= most_pending and int(thread["flush_to"]) <= closed and thread["idle"]


@asynccontextmanager
async def open_driver(app: RunningApp) -> AsyncIterator[AppDriver]:
    """A driver of a running app."""
    where = app.addresses
    async with (
        aiohttp.ClientSession() as http,
        CosmosClient(where.cosmos, where.cosmos_key, user_agent_suffix="bench") as cosmos,
    ):
        yield AppDriver(app, http, cosmos)
