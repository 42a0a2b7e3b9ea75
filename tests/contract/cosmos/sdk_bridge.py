"""The public SDK's client as a process; runs in .venv-sdk.

    python sdk_bridge.py sync|aio URL KEY DATABASE MODULE:FUNCTION [MODEL_URL]

The function makes a text's vector. With the address of a model the client derives memories itself,
when it is told to, and embeds there; without one it leaves the deriving to somebody else.

Each line of standard input is a call, {"name": ..., "arguments": {...}}; each line of standard
output its {"result": ...} or {"error": type, "message": ...}. The call `parse_record` is answered
by the SDK's models instead of its client: `document` as they write it anew.
"""

import asyncio
import importlib
import inspect
import json
import sys
from collections.abc import Callable
from typing import Any

from azure.cosmos.agent_memory import (  # pyright: ignore[reportMissingImports]  # in .venv-sdk only
    CosmosMemoryClient,
    DurableFunctionProcessor,
)
from azure.cosmos.agent_memory.aio import (  # pyright: ignore[reportMissingImports]  # as above
    AsyncCosmosMemoryClient,
)
from azure.cosmos.agent_memory.aio.processors import (  # pyright: ignore[reportMissingImports]  # as above
    AsyncDurableFunctionProcessor,
)
from azure.cosmos.agent_memory.models import (  # pyright: ignore[reportMissingImports]  # as above
    EpisodicRecord,
    FactRecord,
    ProceduralRecord,
    ThreadSummaryRecord,
    UserSummaryRecord,
    construct_internal,
)

RECORDS = {
    "fact": FactRecord,
    "episodic": EpisodicRecord,
    "procedural": ProceduralRecord,
    "thread_summary": ThreadSummaryRecord,
    "user_summary": UserSummaryRecord,
}

type Embed = Callable[[str], list[float]]


class Embedder:
    """The part of the SDK's embeddings client that it calls."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed

    def generate(self, text: str, **_: Any) -> list[float]:
        return self._embed(text)

    def generate_batch(self, texts: list[str], **_: Any) -> list[list[float]]:
        return [self._embed(text) for text in texts]


class AsyncEmbedder:
    """The same for the asynchronous client."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed

    async def generate(self, text: str, **_: Any) -> list[float]:
        return self._embed(text)

    async def generate_batch(self, texts: list[str], **_: Any) -> list[list[float]]:
        return [self._embed(text) for text in texts]


async def main(
    kind: str, url: str, key: str, database: str, vectors: str, model_url: str = ""
) -> None:
    asynchronous = kind == "aio"
    module, _, function = vectors.partition(":")
    embed: Embed = getattr(importlib.import_module(module), function)
    make = AsyncCosmosMemoryClient if asynchronous else CosmosMemoryClient
    client = make(
        cosmos_endpoint=url,
        cosmos_key=key,
        cosmos_database=database,
        cosmos_container="memories",
        cosmos_counter_container="counter",
        cosmos_lease_container="leases",
        embedding_dimensions=len(embed("")),
        enable_turn_embeddings=True,
        **(derive_here(model_url) if model_url else derive_elsewhere(asynchronous, embed)),
    )
    while line := await asyncio.to_thread(sys.stdin.readline):
        # Some results are plain dataclasses.
        sys.stdout.write(json.dumps(await answer(client, json.loads(line)), default=vars) + "\n")
        sys.stdout.flush()
    if inspect.isawaitable(closing := client.close()):
        await closing


def derive_here(model_url: str) -> dict[str, Any]:
    """The SDK's own processor and clients; nothing happens before it is asked for."""
    cadences = ("FACT_EXTRACTION", "DEDUP", "EPISODE_EVAL", "USER_SUMMARY", "THREAD_SUMMARY")
    return {
        "ai_foundry_endpoint": model_url,
        "ai_foundry_api_key": "any",
        "cadence_thresholds": {f"{name}_EVERY_N": 0 for name in cadences},
    }


def derive_elsewhere(asynchronous: bool, embed: Embed) -> dict[str, Any]:
    processor = AsyncDurableFunctionProcessor() if asynchronous else DurableFunctionProcessor()
    return {
        "embeddings_client": AsyncEmbedder(embed) if asynchronous else Embedder(embed),
        "chat_client": object(),  # asked for nothing: the processor is somebody else's
        "processor": processor,
    }


async def answer(client: Any, call: dict[str, Any]) -> dict[str, Any]:
    try:
        if call["name"] == "parse_record":
            return {"result": parse_record(call["arguments"]["document"])}
        result = getattr(client, call["name"])(**call["arguments"])
        return {"result": await result if inspect.isawaitable(result) else result}
    except Exception as error:  # noqa: BLE001 - the boundary of the process: the test judges it
        return {"error": type(error).__name__, "message": str(error)}


def parse_record(document: dict[str, Any]) -> dict[str, Any]:
    return construct_internal(RECORDS[document["type"]], document).to_doc()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
