"""Creates the database and its containers in the local Cosmos DB, as a deployment would.

Names, partition keys, TTLs and search come from shared/containers.json, the one description that
the deployment templates read too. Policies are those that the public SDK gives its containers.
"""

import asyncio
from pathlib import Path
from typing import Any, Literal

from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parents[2]


class _Described(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ContainerDescription(_Described):
    """One container; `search` is its vector index type, or null for a container without search."""

    role: str
    name: str
    partition_key: list[str] = Field(alias="partitionKey")
    default_ttl: int | None = Field(alias="defaultTtl")
    search: Literal["quantizedFlat", "diskANN", "flat"] | None


class VectorDescription(_Described):
    """How vectors are stored and compared; their length is a setting."""

    path: str
    data_type: str = Field(alias="dataType")
    distance_function: str = Field(alias="distanceFunction")


class StoreDescription(_Described):
    """The whole of shared/containers.json."""

    database: str
    vector: VectorDescription
    containers: list[ContainerDescription]

    def name_of(self, role: str) -> str:
        """The name of the container that plays this role."""
        return next(item.name for item in self.containers if item.role == role)


def load_description() -> StoreDescription:
    """The description that belongs to this clone."""
    text = (ROOT / "shared" / "containers.json").read_bytes()
    return StoreDescription.model_validate_json(text)


async def create_store(endpoint: str, key: str, dimensions: int) -> None:
    """Create the database and containers that do not exist yet."""
    description = load_description()
    client = CosmosClient(endpoint, key, user_agent_suffix="local-stack")
    try:
        async with client:
            database = await client.create_database_if_not_exists(description.database)
            await asyncio.gather(
                *(
                    _create_container(database, container, description.vector, dimensions)
                    for container in description.containers
                )
            )
    finally:
        await client.close()  # a client whose first request failed has left its session open


async def _create_container(
    database: DatabaseProxy,
    container: ContainerDescription,
    vector: VectorDescription,
    dimensions: int,
) -> None:
    policies = _search_policies(vector, container.search, dimensions) if container.search else {}
    if container.default_ttl is not None:
        policies["default_ttl"] = container.default_ttl
    await database.create_container_if_not_exists(
        container.name, _partition_key(container.partition_key), **policies
    )


def _partition_key(paths: list[str]) -> PartitionKey:
    if len(paths) == 1:
        return PartitionKey(path=paths[0])
    return PartitionKey(path=paths, kind="MultiHash")


def _search_policies(vector: VectorDescription, index_type: str, dimensions: int) -> dict[str, Any]:
    excluded = [f"{vector.path}/*", "/source_memory_ids/*", "/supersedes_ids/*", '/"_etag"/?']
    full_text = {"path": "/content", "language": "en-US"}
    embedding = {
        "path": vector.path,
        "dataType": vector.data_type,
        "distanceFunction": vector.distance_function,
        "dimensions": dimensions,
    }
    return {
        "indexing_policy": {
            "indexingMode": "consistent",
            "automatic": True,
            "includedPaths": [{"path": "/*"}],
            "excludedPaths": [{"path": path} for path in excluded],
            "vectorIndexes": [{"path": vector.path, "type": index_type}],
            "fullTextIndexes": [{"path": "/content"}],
        },
        "vector_embedding_policy": {"vectorEmbeddings": [embedding]},
        "full_text_policy": {"defaultLanguage": "en-US", "fullTextPaths": [full_text]},
    }
