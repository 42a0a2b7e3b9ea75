import asyncio
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos.aio import CosmosClient

from local.stack.containers import create_store, load_description
from local.stack.create_store import main
from local.stack.environment import DATABASE
from tests.unit.local_stack.cosmos_server import running_cosmos


def test_the_description_names_the_database_that_the_app_is_told() -> None:
    assert load_description().database == DATABASE


async def test_containers_get_the_keys_ttls_and_search_policies_of_the_public_sdk(
    tmp_path: Path,
) -> None:
    async with running_cosmos(tmp_path) as addresses:
        for _ in range(2):
            await create_store(addresses.cosmos, addresses.cosmos_key, 256)
        async with CosmosClient(addresses.cosmos, addresses.cosmos_key) as client:
            database = client.get_database_client(DATABASE)
            containers: dict[str, Any] = {c["id"]: c async for c in database.list_containers()}

    assert set(containers) == {
        "memories_turns",
        "memories",
        "memories_summaries",
        "counter",
        "leases",
    }
    for name in ("memories_turns", "memories", "memories_summaries", "counter"):
        key = containers[name]["partitionKey"]
        assert (key["paths"], key["kind"]) == (["/user_id", "/thread_id"], "MultiHash")
    assert containers["leases"]["partitionKey"]["paths"] == ["/id"]
    assert containers["memories_turns"]["defaultTtl"] == 2592000
    assert containers["memories"]["defaultTtl"] == containers["counter"]["defaultTtl"] == -1
    assert "defaultTtl" not in containers["leases"]

    for name in ("memories_turns", "memories", "memories_summaries"):
        policy = containers[name]["indexingPolicy"]
        assert policy["vectorIndexes"] == [{"path": "/embedding", "type": "quantizedFlat"}]
        assert policy["fullTextIndexes"] == [{"path": "/content"}]
        excluded = {entry["path"] for entry in policy["excludedPaths"]}
        assert {"/embedding/*", "/source_memory_ids/*", "/supersedes_ids/*"} <= excluded
        assert containers[name]["vectorEmbeddingPolicy"]["vectorEmbeddings"] == [
            {
                "path": "/embedding",
                "dataType": "float32",
                "distanceFunction": "cosine",
                "dimensions": 256,
            }
        ]
        assert containers[name]["fullTextPolicy"]["fullTextPaths"] == [
            {"path": "/content", "language": "en-US"}
        ]
    assert "vectorEmbeddingPolicy" not in containers["counter"]


async def test_the_command_line_creates_the_store_or_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_cosmos(tmp_path) as addresses:
        where = ["--endpoint", addresses.cosmos, "--key"]
        assert await asyncio.to_thread(main, [*where, addresses.cosmos_key]) == 0
        async with CosmosClient(addresses.cosmos, addresses.cosmos_key) as client:
            database = client.get_database_client(DATABASE)
            assert len([c async for c in database.list_containers()]) == 5
        assert await asyncio.to_thread(main, [*where, "bm90IHRoZSBrZXk="]) == 1
    assert f"the store at {addresses.cosmos} was not created" in capsys.readouterr().err
