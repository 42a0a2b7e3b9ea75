"""Writes turns as an agent's own code does: azure-cosmos, one create_item for each turn."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from azure.cosmos.aio import ContainerProxy, CosmosClient

from local.stack.containers import load_description
from local.stack.demo.turns_file import Turn

THREADS_AT_ONCE = 8
TURN_TTL_SECONDS = 2_592_000  # what the public SDK gives a turn: 30 days


def turn_document(turn: Turn) -> dict[str, Any]:
    """The turn with the fields that the public SDK writes."""
    document: dict[str, Any] = {
        "id": turn.id,
        "user_id": turn.user_id,
        "thread_id": turn.thread_id,
        "role": turn.role,
        "type": "turn",
        "content": turn.content,
        "metadata": turn.metadata,
        "created_at": turn.created_at or datetime.now(UTC).isoformat(),
        "tags": [],
        "ttl": TURN_TTL_SECONDS,
    }
    if turn.agent_id is not None:
        document["agent_id"] = turn.agent_id
    return document


async def write_turns(
    endpoint: str, key: str, turns: list[Turn], written: Callable[[], None]
) -> None:
    """Write every turn, several threads at once, each thread in its order; calls back for each."""
    description = load_description()
    ordered = sorted(turns, key=lambda turn: turn.thread)
    threads = [list(group) for _, group in groupby(ordered, key=lambda turn: turn.thread)]
    turnstile = asyncio.Semaphore(THREADS_AT_ONCE)

    async def write_thread(container: ContainerProxy, thread: list[Turn]) -> None:
        async with turnstile:
            for turn in thread:
                await container.create_item(turn_document(turn))
                written()

    async with CosmosClient(endpoint, key, user_agent_suffix="demo-agent") as client:
        database = client.get_database_client(description.database)
        container = database.get_container_client(description.name_of("turns"))
        async with asyncio.TaskGroup() as writing:
            for thread in threads:
                writing.create_task(write_thread(container, thread))
