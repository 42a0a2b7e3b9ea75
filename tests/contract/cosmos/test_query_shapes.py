"""Every query that the public toolkit sends, through azure-cosmos, sync and aio."""

from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.conftest import Ask
from tests.contract.cosmos.derived_documents import base, fact
from tests.contract.cosmos.derived_store import JULY, fill_store
from tests.contract.cosmos.query_cases.shapes import (
    ANA,
    BY_SALIENCE,
    HER_T1,
    NEAREST,
    PROMPT,
    SHAPES,
    TAGS,
    Shape,
)
from tests.contract.cosmos.topic_vectors import DIMENSIONS, embed

pytestmark = pytest.mark.asyncio(loop_scope="session")

VECTOR = {"path": "/embedding", "dataType": "float32", "distanceFunction": "cosine"}
EXCLUDED = ("/source_memory_ids/*", "/supersedes_ids/*", '/"_etag"/?', "/embedding/*")


def make_container(database: DatabaseProxy, name: str, **indexes: Any) -> None:
    """As the released client makes it, and with more indexes if they are given."""
    database.create_container(
        name,
        PartitionKey(path=["/user_id", "/thread_id"], kind="MultiHash"),
        indexing_policy={
            "includedPaths": [{"path": "/*"}],
            "excludedPaths": [{"path": path} for path in EXCLUDED],
            **indexes,
        },
        vector_embedding_policy={"vectorEmbeddings": [VECTOR | {"dimensions": DIMENSIONS}]},
    )


@pytest.fixture(scope="module")
def store(client: CosmosClient) -> DatabaseProxy:
    database = client.create_database(f"shapes-{uuid4().hex}")
    for name in ("memories", "memories_turns", "memories_summaries"):
        make_container(database, name)
    fill_store(database)
    turns = database.get_container_client("memories_turns")
    for at, text in enumerate(("I drink coffee.", "Noted.", "Now I drink tea."), start=1):
        more = {"extracted_at": JULY[5]} if at == 1 else {}
        role = "agent" if at == 2 else "user"
        turns.create_item(
            base(
                f"turn_{at}", "ana", "t1", "turn", text, role=role, created_at=JULY[at - 1], **more
            )
        )
    return database


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
async def test_the_query_has_its_rows(ask: Ask, store: DatabaseProxy, shape: Shape) -> None:
    container = store.get_container_client(shape.container)
    scope = ["ana", shape.thread] if shape.thread else None
    rows = await ask(container, shape.text, partition_key=scope, **shape.parameters)
    found = [row["id"] for row in rows]
    assert (found if shape.ordered else sorted(found)) == (
        shape.expected if shape.ordered else sorted(shape.expected)
    )


async def test_a_hybrid_search_has_its_best_row_first(ask: Ask, store: DatabaseProxy) -> None:
    for shape in SHAPES[:2]:
        container = store.get_container_client(shape.container)
        rows = await ask(container, shape.text, partition_key=None, **shape.parameters)
        assert rows[0]["id"] == "fact_tea"
        assert rows[0]["similarity_score"] == pytest.approx(1, abs=0.01)
        assert "embedding" not in rows[0]


async def test_the_older_prompt_is_read_by_its_version(ask: Ask, store: DatabaseProxy) -> None:
    memories = store.get_container_client("memories")
    parameters = {"user_id": "ana", "thread_id": "__procedural__", "type": "procedural"}
    [row] = await ask(memories, PROMPT, partition_key=None, **parameters)
    assert (row.keys(), row["version"]) == ({"content", "version"}, 1)


@pytest.mark.parametrize("scope", [None, ["ana", "t2"]])
async def test_tags_are_listed(ask: Ask, store: DatabaseProxy, scope: list[str] | None) -> None:
    memories = store.get_container_client("memories")
    text = TAGS + (" AND c.thread_id = 't2'" if scope else "")
    lists = await ask(memories, text, partition_key=scope, **ANA)
    assert "topic:pets" in {tag for tags in lists for tag in tags}
    assert len(lists) == (3 if scope else 10)


async def test_the_nearest_facts_come_whole_with_their_score(
    ask: Ask, store: DatabaseProxy
) -> None:
    memories = store.get_container_client("memories")
    for scope, parameters in ((None, ANA), (["ana", "t1"], {"user_id": HER_T1["user_id"]})):
        rows = await ask(memories, NEAREST, partition_key=scope, vec=embed("tea"), **parameters)
        assert rows[0]["doc"]["id"] == "fact_tea"
        assert rows[0]["doc"]["embedding"] == embed("Ana drinks tea.")
        assert rows[0]["score"] > rows[1]["score"]


async def test_an_order_by_three_keys_needs_the_index_that_only_the_older_client_makes(
    ask: Ask, store: DatabaseProxy
) -> None:
    keys = (("/salience", "descending"), ("/created_at", "ascending"), ("/id", "ascending"))
    name = f"older-{uuid4().hex}"
    composite = [{"path": path, "order": order} for path, order in keys]
    make_container(store, name, compositeIndexes=[composite])
    older = store.get_container_client(name)
    for at, salience in enumerate((0.5, 0.9, 0.9)):
        older.create_item(
            fact(f"fact_{at}", "ana", "t", "Tea.", salience=salience, created_at=JULY[2 - at])
        )
    parameters = {"uid": "ana", "type": "fact"}
    rows = await ask(older, BY_SALIENCE, partition_key=None, **parameters)
    assert [row["id"] for row in rows] == ["fact_2", "fact_1", "fact_0"]
    with pytest.raises(CosmosHttpResponseError, match="composite index") as failure:
        await ask(
            store.get_container_client("memories"), BY_SALIENCE, partition_key=None, **parameters
        )
    assert failure.value.status_code == 400
