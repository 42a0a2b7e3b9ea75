from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import (
    CosmosHttpResponseError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from tests.contract.cosmos.conftest import MakeContainer
from tests.contract.cosmos.server_process import KEY, ServerProcess

VECTORS = {
    "vectorEmbeddings": [
        {
            "path": "/embedding",
            "dataType": "float32",
            "distanceFunction": "cosine",
            "dimensions": 1536,
        }
    ]
}
TEXTS = {
    "defaultLanguage": "en-US",
    "fullTextPaths": [{"path": "/content", "language": "en-US"}],
}
INDEXING = {
    "indexingMode": "consistent",
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": "/source_memory_ids/*"}],
    "vectorIndexes": [{"path": "/embedding", "type": "quantizedFlat"}],
    "fullTextIndexes": [{"path": "/content"}],
    "compositeIndexes": [[{"path": "/a", "order": "ascending"}, {"path": "/b"}]],
}


def test_databases_come_and_go(client: CosmosClient) -> None:
    name = f"db{uuid4().hex}"
    client.create_database_if_not_exists(name)
    client.create_database_if_not_exists(name)
    assert name in [found["id"] for found in client.list_databases()]
    with pytest.raises(CosmosResourceExistsError):
        client.create_database(name)
    client.delete_database(name)
    with pytest.raises(CosmosResourceNotFoundError):
        client.get_database_client(name).read()


def test_policies_are_stored_and_returned(database: DatabaseProxy) -> None:
    name = f"c{uuid4().hex}"
    container = database.create_container_if_not_exists(
        name,
        PartitionKey(path=["/user_id", "/thread_id"]),
        default_ttl=2592000,
        indexing_policy=INDEXING,
        vector_embedding_policy=VECTORS,
        full_text_policy=TEXTS,
    )
    properties = container.read()
    assert properties["partitionKey"] == {
        "paths": ["/user_id", "/thread_id"],
        "kind": "MultiHash",
        "version": 2,
    }
    assert properties["defaultTtl"] == 2592000
    assert properties["vectorEmbeddingPolicy"] == VECTORS
    assert properties["fullTextPolicy"] == TEXTS
    assert INDEXING.items() <= properties["indexingPolicy"].items()
    assert name in [found["id"] for found in database.list_containers()]


@pytest.mark.parametrize(
    "options",
    [
        {"partition_key": PartitionKey(path=["/a", "/b", "/c", "/d"])},
        {"partition_key": PartitionKey(path="/pk", version=1)},
        {"default_ttl": 0},
        {"unique_key_policy": {"uniqueKeys": [{"paths": ["/email"]}]}},
        {"vector_embedding_policy": {"vectorEmbeddings": [{"path": "/v"}]}},
        {
            "vector_embedding_policy": {
                "vectorEmbeddings": [{"path": "/v", "dimensions": 3, "distanceFunction": "taxi"}]
            }
        },
    ],
)
def test_what_cannot_be_kept_is_refused(database: DatabaseProxy, options: dict[str, Any]) -> None:
    name = f"c{uuid4().hex}"
    options = {"partition_key": PartitionKey(path="/pk")} | options
    with pytest.raises(CosmosHttpResponseError) as failure:
        database.create_container(name, **options)
    assert failure.value.status_code == 400
    with pytest.raises(CosmosResourceNotFoundError):
        database.get_container_client(name).read()


def test_the_ttl_can_be_changed_but_not_the_key(
    database: DatabaseProxy, make_container: MakeContainer
) -> None:
    container = make_container("/pk")
    container.create_item({"id": "a", "pk": "p"})
    database.replace_container(container.id, PartitionKey(path="/pk"), default_ttl=100)
    assert container.read()["defaultTtl"] == 100
    assert container.read_item("a", "p")["id"] == "a"
    with pytest.raises(CosmosHttpResponseError) as failure:
        database.replace_container(container.id, PartitionKey(path="/other"))
    assert failure.value.status_code == 400


def test_a_recreated_container_is_empty_and_another_one(database: DatabaseProxy) -> None:
    name = f"c{uuid4().hex}"
    first = database.create_container(name, PartitionKey(path="/pk"))
    first.create_item({"id": "a", "pk": "p"})
    rid = first.read()["_rid"]
    database.delete_container(name)
    second = database.create_container(name, PartitionKey(path="/pk"))
    assert second.read()["_rid"] != rid
    assert list(second.query_items("SELECT * FROM c", partition_key="p")) == []


def test_a_client_that_remembers_the_old_container_goes_on_with_the_new_one(
    server: ServerProcess, database: DatabaseProxy
) -> None:
    name = f"c{uuid4().hex}"
    container = database.create_container(name, PartitionKey(path="/pk"))
    container.create_item({"id": "a", "pk": "p"})
    other = CosmosClient(server.url, KEY)
    with other:
        elsewhere = other.get_database_client(database.id)
        elsewhere.delete_container(name)
        elsewhere.create_container(name, PartitionKey(path="/pk"))
    container.create_item({"id": "a", "pk": "p"})
    assert container.read_item("a", "p")["id"] == "a"


def test_there_is_one_physical_partition(make_container: MakeContainer) -> None:
    (area,) = make_container("/pk").read_feed_ranges()
    assert area["Range"] == {
        "min": "",
        "max": "FF",
        "isMinInclusive": True,
        "isMaxInclusive": False,
    }


def test_missing_resources_are_named(client: CosmosClient, database: DatabaseProxy) -> None:
    with pytest.raises(CosmosResourceNotFoundError, match="'nope'"):
        client.get_database_client("nope").read()
    with pytest.raises(CosmosResourceNotFoundError, match="'gone'"):
        database.get_container_client("gone").read_item("a", "p")
