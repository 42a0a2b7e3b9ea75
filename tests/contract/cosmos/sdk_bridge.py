"""The public SDK's client as a process; runs in .venv-sdk.

    python sdk_bridge.py sync|aio URL KEY DATABASE [MODEL_URL]

With the address of a model the client derives memories itself, when it is told to; without one it
leaves that to somebody else and embeds by topic_vectors.py.

Each line of standard input is a call, {"name": ..., "arguments": {...}}; each line of standard
output its {"result": ...} or {"error": type, "message": ...}.
"""

import asyncio
import inspect
import json
import sys
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

from tests.contract.cosmos.topic_vectors import DIMENSIONS, embed


class Embedder:
    """The part of the SDK's embeddings client that it calls."""

    def generate(self, text: str, **_: Any) -> list[float]:
        return embed(text)

    def generate_batch(self, texts: list[str], **_: Any) -> list[list[float]]:
        return [embed(text) for text in texts]


class AsyncEmbedder:
    """The same for the asynchronous client."""

    async def generate(self, text: str, **_: Any) -> list[float]:
        return embed(text)

    async def generate_batch(self, texts: list[str], **_: Any) -> list[list[float]]:
        return [embed(text) for text in texts]


async def main(kind: str, url: str, key: str, database: str, model_url: str = "") -> None:
    asynchronous = kind == "aio"
    make = AsyncCosmosMemoryClient if asynchronous else CosmosMemoryClient
    client = make(
        cosmos_endpoint=url,
        cosmos_key=key,
        cosmos_database=database,
        cosmos_container="memories",
        cosmos_counter_container="counter",
        cosmos_lease_container="leases",
        embedding_dimensions=DIMENSIONS,
        enable_turn_embeddings=True,
        **(derive_here(model_url) if model_url else derive_elsewhere(asynchronous)),
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


def derive_elsewhere(asynchronous: bool) -> dict[str, Any]:
    processor = AsyncDurableFunctionProcessor() if asynchronous else DurableFunctionProcessor()
    return {
        "embeddings_client": AsyncEmbedder() if asynchronous else Embedder(),
        "chat_client": object(),  # asked for nothing: the processor is somebody else's
        "processor": processor,
    }


async def answer(client: Any, call: dict[str, Any]) -> dict[str, Any]:
    try:
        result = getattr(client, call["name"])(**call["arguments"])
        return {"result": await result if inspect.isawaitable(result) else result}
    except Exception as error:  # noqa: BLE001 - the boundary of the process: the test judges it
        return {"error": type(error).__name__, "message": str(error)}


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
