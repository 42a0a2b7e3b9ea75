"""The containers that Bicep makes are those that the app runs on locally, policy by policy."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from local.stack import containers as local_containers
from tests.architecture.infrastructure.options import of_type, plan_option

_CONTAINER = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers"
_THIRTY_DAYS = 2_592_000
# The counters, ledger and dead letters must outlive every silence: no expiry but their own.
TIME_TO_LIVE = {
    "memories_turns": _THIRTY_DAYS,
    "memories": -1,
    "memories_summaries": -1,
    "counter": -1,
    "leases": None,
}


class _RecordingAccount:
    """Stands for azure-cosmos: what would be created, as the definition that the service gets."""

    def __init__(self, *_arguments: object, **_options: object) -> None:
        self.created: dict[str, dict[str, Any]] = {}
        recorders.append(self)

    async def __aenter__(self) -> "_RecordingAccount":
        return self

    async def __aexit__(self, *_error: object) -> None:
        return None

    async def close(self) -> None:
        return None

    async def create_database_if_not_exists(self, name: str) -> "_RecordingAccount":
        self.created["database"] = {"id": name}
        return self

    async def create_container_if_not_exists(
        self, name: str, partition_key: dict[str, Any], **policies: Any
    ) -> None:
        names = {
            "default_ttl": "defaultTtl",
            "indexing_policy": "indexingPolicy",
            "vector_embedding_policy": "vectorEmbeddingPolicy",
            "full_text_policy": "fullTextPolicy",
        }
        self.created[name] = {
            "id": name,
            "partitionKey": dict(partition_key),
            **{names[key]: value for key, value in policies.items()},
        }


recorders: list[_RecordingAccount] = []


def created_locally(dimensions: int) -> dict[str, dict[str, Any]]:
    """The database and the containers that a local start creates."""
    recorders.clear()
    with mock.patch.object(local_containers, "CosmosClient", _RecordingAccount):
        asyncio.run(local_containers.create_store("https://nowhere.example", "key", dimensions))
    return recorders[0].created


def find_container_problems(root: Path) -> Iterator[str]:
    """What differs between the containers of the templates and those of a local start."""
    expected = created_locally(1536)
    database = expected.pop("database")["id"]
    for option in ("as it comes", "autoscale in two regions"):
        planned = plan_option(root, option)
        databases = of_type(planned, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases")
        if [item.name for item in databases] != [database]:
            yield f"{option}: the database is not {database}"
        made = {item.name: item.properties for item in of_type(planned, _CONTAINER)}
        for name in sorted(made.keys() ^ expected.keys()):
            yield f"{option}: container {name} is made on one side only"
        for name in sorted(made.keys() & expected.keys()):
            resource = made[name]["resource"]
            for part in sorted(resource.keys() | expected[name].keys()):
                if resource.get(part) != expected[name].get(part):
                    yield f"{option}: {name}: {part} differs from the local one"
            if resource.get("defaultTtl") != TIME_TO_LIVE.get(name):
                yield f"{option}: {name}: its items live for {resource.get('defaultTtl')}"
