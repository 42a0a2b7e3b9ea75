"""The local Cosmos DB endpoint in a process of its own, with a database for each test."""

import asyncio
import json
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

from azure.cosmos import PartitionKey

from local.stack.containers import ContainerDescription, load_description
from shared.adapters.cosmos_client import build_cosmos_client
from tests.contract.functions.processes import ServerProcess
from tests.fakes.embedder import DIMENSIONS

# base64 of nothing secret
KEY = "bm90IGEgc2VjcmV0"
_METADATA = "metadata"


class LocalCosmos:
    """A running server: its address, its databases, and what was asked of it."""

    def __init__(self, data: Path) -> None:
        command = ("local.cosmos", "--port", "0", "--data", str(data), "--key", KEY)
        self._process = ServerProcess(*command)
        self.url = self._process.wait_for_line(r"listening on (http://\S+)")[1]

    def stop(self) -> None:
        """End it as the end of its parent does."""
        assert self._process.process.stdin is not None
        self._process.process.stdin.close()
        assert self._process.wait() == 0, self._process.log
        assert "Traceback" not in self._process.log, self._process.log

    async def create_database(self) -> str:
        """A database with the app's containers; returns its name."""
        name = f"test-{uuid4().hex}"
        description = load_description()
        async with build_cosmos_client(self.url, KEY, "test") as client:
            database = await client.create_database(name)
            await asyncio.gather(
                *(
                    database.create_container(
                        container.name,
                        PartitionKey(path=container.partition_key, kind="MultiHash"),
                        **_policies(container),
                    )
                    for container in description.containers
                    if container.role != "leases"
                )
            )
        return name

    def reset_stats(self) -> None:
        request = urllib.request.Request(f"{self.url.rstrip('/')}/_stats/reset", method="POST")
        urllib.request.urlopen(request).close()

    def count_requests(self) -> Counter[tuple[str, str]]:
        """Data requests since the last reset, by operation and container."""
        counts: Counter[tuple[str, str]] = Counter()
        for row in self._data_requests():
            counts[row["operation"], row["container"]] += row["count"]
        return counts

    def user_agents(self) -> set[str]:
        """Who sent data requests since the last reset."""
        return {row["user_agent"] for row in self._data_requests()}

    def _data_requests(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url.rstrip('/')}/_stats") as reply:
            rows: list[dict[str, Any]] = json.load(reply)["requests"]
        return [row for row in rows if row["container"] and row["operation"] != _METADATA]


def _policies(container: ContainerDescription) -> dict[str, Any]:
    policies: dict[str, Any] = {}
    if container.default_ttl is not None:
        policies["default_ttl"] = container.default_ttl
    if container.search:
        vector = {
            "path": "/embedding",
            "dataType": "float32",
            "distanceFunction": "cosine",
            "dimensions": DIMENSIONS,
        }
        policies["vector_embedding_policy"] = {"vectorEmbeddings": [vector]}
    return policies
