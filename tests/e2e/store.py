"""What the tests write to and read from the store of a running stack, over azure-cosmos."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosResourceExistsError

from local.stack.containers import load_description
from local.stack.demo.observer import AppStatus, Observer
from local.stack.demo.settling import wait_until_settled
from local.stack.demo.turns_file import Turn
from local.stack.demo.writer import turn_document
from local.stack.environment import Addresses

Document = dict[str, Any]
ACTIVE = "(NOT IS_DEFINED(c.superseded_by) OR IS_NULL(c.superseded_by))"


@asynccontextmanager
async def container(addresses: Addresses, role: str) -> AsyncIterator[ContainerProxy]:
    description = load_description()
    async with CosmosClient(
        addresses.cosmos, addresses.cosmos_key, user_agent_suffix="e2e-test"
    ) as client:
        database = client.get_database_client(description.database)
        yield database.get_container_client(description.name_of(role))


async def query(addresses: Addresses, role: str, text: str) -> list[Any]:
    async with container(addresses, role) as target:
        return [row async for row in target.query_items(text)]


async def write_in_order(addresses: Addresses, turns: list[Turn], acknowledged: set[str]) -> None:
    """Write the turns one after the other, noting each that the store has acknowledged.

    A turn that is there already was written by a call whose reply got lost: it counts as written.
    """
    async with container(addresses, "turns") as target:
        for turn in turns:
            with suppress(CosmosResourceExistsError):
                await target.create_item(turn_document(turn))
            acknowledged.add(turn.id)


async def settle(addresses: Addresses, turns: int) -> AppStatus:
    """Flush, and wait until the app has no more work."""
    async with asyncio.timeout(120), Observer(addresses) as observer:
        return await wait_until_settled(observer, turns, lambda _: None)


async def ledger(addresses: Addresses) -> Counter[tuple[str, str, str]]:
    """How often each (user, thread, turn id) is in a committed chunk."""
    text = "SELECT c.user_id, c.thread_id, c.turn_ids FROM c WHERE c.type = 'chunk'"
    return Counter(
        (chunk["user_id"], chunk["thread_id"], turn_id)
        for chunk in await query(addresses, "counters", text)
        for turn_id in chunk.get("turn_ids", [])
    )


async def active_facts(addresses: Addresses) -> set[tuple[str, str, str, str]]:
    """(type, user, thread, content) of every fact that nothing has superseded."""
    fields = "c.type, c.user_id, c.thread_id, c.content"
    text = f"SELECT {fields} FROM c WHERE c.type = 'fact' AND {ACTIVE}"
    rows = await query(addresses, "memories", text)
    return {(row["type"], row["user_id"], row["thread_id"], row["content"]) for row in rows}


async def counts(addresses: Addresses, prefix: str) -> dict[str, int]:
    """The count of every counter whose id begins so, by its id."""
    text = f"SELECT c.id, c['count'] AS turns FROM c WHERE STARTSWITH(c.id, '{prefix}')"
    return {row["id"]: row["turns"] for row in await query(addresses, "counters", text)}


def expected_thread_counts(turns: list[Turn]) -> dict[str, int]:
    return dict(Counter(f"thread:{turn.user_id}:{turn.thread_id}" for turn in turns))


def expected_user_counts(turns: list[Turn]) -> dict[str, int]:
    return dict(Counter(f"user:{turn.user_id}" for turn in turns))


def once_each(turns: list[Turn]) -> Counter[tuple[str, str, str]]:
    return Counter((turn.user_id, turn.thread_id, turn.id) for turn in turns)
