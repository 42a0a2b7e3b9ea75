"""Looks at a running stack from outside: documents, the app's status, the servers' own counts.

It reads the store under a user agent of its own, so that looking never counts as the app's work.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

import aiohttp
from azure.cosmos.aio import CosmosClient
from pydantic import BaseModel

from local.stack.containers import load_description
from local.stack.environment import Addresses
from local.stack.errors import StackError

Document = dict[str, Any]
APP_USER_AGENT = "agent-memory-processor"
# Design: the app's own data-plane requests count; its sweeper and its status page do not.
UNCOUNTED_USER_AGENTS = (f"{APP_USER_AGENT}-sweep", f"{APP_USER_AGENT}-status")
UNCOUNTED_OPERATIONS = ("metadata", "query_plan")

# Everything that is shown or counted; embeddings are large and never are.
SHOWN_FIELDS = (
    "id",
    "user_id",
    "thread_id",
    "count",
    "title",
    "content",
    "status",
    "created_at",
    "metadata",
    "superseded_by",
    "supersede_reason",
)


class AppBusy(Exception):  # noqa: N818  # a state that passes, not a fault
    """The app answered 503: ask again."""


class Work(BaseModel):
    """How many threads and users have work that is due or going on."""

    threads: int
    users: int


class AppStatus(BaseModel):
    """What GET /api/status of the app says."""

    turns_counted: int
    turns_processed: dict[str, int]
    pending: int
    dead_letters: int
    work: Work

    @property
    def is_settled(self) -> bool:
        """Whether nothing is pending, due or going on."""
        return self.pending == 0 and self.work.threads == 0 and self.work.users == 0

    @property
    def processed(self) -> int:
        """Turns that the app has dealt with itself, one way or another."""
        outcomes = ("extracted", "trivial", "gone", "dead_lettered", "redacted")
        return sum(self.turns_processed.get(outcome, 0) for outcome in outcomes)


class _RequestCount(BaseModel):
    operation: str
    user_agent: str
    count: int


class _CosmosStats(BaseModel):
    requests: list[_RequestCount]


class ModelStats(BaseModel):
    """What the model server has counted."""

    chat_calls: int
    prompt_chars: int
    embedding_calls: int


@dataclass(frozen=True)
class Memories:
    """Documents of the store, superseded ones included."""

    counters: list[Document]
    facts: list[Document]
    episodes: list[Document]
    procedures: list[Document]
    thread_summaries: list[Document]
    user_summaries: list[Document]


class Observer:
    """Reads everything there is to see; an async context manager that holds the connections."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        trusted = addresses.trust.client_context() if addresses.trust else True
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=trusted), timeout=aiohttp.ClientTimeout(total=30)
        )
        self._cosmos = CosmosClient(
            addresses.cosmos, addresses.cosmos_key, user_agent_suffix="observer"
        )

    async def __aenter__(self) -> Self:
        await self._cosmos.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._cosmos.close()
        await self._http.close()

    async def request_flush(self) -> int:
        """Ask the app to process every tail now; how many threads and users it found work for.

        It answers before that work is done. Raises AppBusy when it cannot take the request.
        """
        url = f"{self._addresses.functions}/flush"
        async with self._http.post(url) as response:
            answer = await _read_answer(response, HTTPStatus.ACCEPTED)
        return int(answer["threads"]) + int(answer["users"])

    async def status(self) -> AppStatus:
        """The app's own account of its work.

        Raises AppBusy when it cannot tell at the moment.
        """
        url = f"{self._addresses.functions}/status"
        return AppStatus.model_validate(await self._get(url))

    async def model_stats(self) -> ModelStats:
        """Calls and characters since the model server started."""
        return ModelStats.model_validate(await self._get(f"{self._addresses.model_host}/_stats"))

    async def app_requests(self) -> int:
        """Data-plane requests of the app's Cosmos client since the Cosmos DB server started."""
        answer = await self._get(f"{self._addresses.cosmos}/_stats")
        return sum(
            entry.count
            for entry in _CosmosStats.model_validate(answer).requests
            if APP_USER_AGENT in entry.user_agent
            and not any(other in entry.user_agent for other in UNCOUNTED_USER_AGENTS)
            and entry.operation not in UNCOUNTED_OPERATIONS
        )

    async def thread_counters(self) -> list[Document]:
        """The counter of every thread."""
        return await self._query("counters", "STARTSWITH(c.id, 'thread:')")

    async def count_facts(self) -> int:
        """How many facts there are so far, superseded ones included."""
        query = "SELECT VALUE COUNT(1) FROM c WHERE c.type = 'fact'"
        counted = await self._run_query("memories", query)
        return sum(counted)

    async def memories(self) -> Memories:
        """Everything that has been derived."""
        return Memories(
            counters=await self.thread_counters(),
            facts=await self._query("memories", "c.type = 'fact'"),
            episodes=await self._query("memories", "c.type = 'episodic'"),
            procedures=await self._query("memories", "c.type = 'procedural'"),
            thread_summaries=await self._query("summaries", "c.type = 'thread_summary'"),
            user_summaries=await self._query("summaries", "c.type = 'user_summary'"),
        )

    async def _query(self, role: str, condition: str) -> list[Document]:
        shown = ", ".join(f"c.{name}" for name in SHOWN_FIELDS)
        return await self._run_query(role, f"SELECT {shown} FROM c WHERE {condition}")

    async def _run_query(self, role: str, query: str) -> list[Any]:
        description = load_description()
        database = self._cosmos.get_database_client(description.database)
        container = database.get_container_client(description.name_of(role))
        rows = container.query_items(query, max_item_count=1000)
        return [row async for row in rows]

    async def _get(self, url: str) -> Any:
        async with self._http.get(url) as response:
            return await _read_answer(response, HTTPStatus.OK)


async def _read_answer(response: aiohttp.ClientResponse, expected: HTTPStatus) -> Any:
    if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise AppBusy(f"{response.url} is not available")
    if response.status != expected:
        raise StackError(f"{response.method} {response.url} answered {response.status}")
    return await response.json()


def is_active(document: Document) -> bool:
    """Whether no other document has superseded it."""
    return document.get("superseded_by") is None


def is_candidate(procedure: Document) -> bool:
    """Whether a procedure is one that agents do not follow yet."""
    return is_active(procedure) and procedure.get("status") == "candidate"
