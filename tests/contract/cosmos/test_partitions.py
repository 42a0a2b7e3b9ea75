"""Where a query looks: one partition, a prefix of a hierarchical key, a range, everything."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.conftest import MakeContainer


@pytest.fixture(scope="module")
def filled(make_container: MakeContainer) -> ContainerProxy:
    container = make_container("/user_id", "/thread_id", "/kind")
    for user in ("u", "ü😀", "7"):
        for thread in ("t1", "t2"):
            for kind in ("a", "b"):
                name = f"{user}-{thread}-{kind}"
                keys = {"user_id": user, "thread_id": thread, "kind": kind}
                container.create_item({"id": name, "n": len(kind) + len(thread)} | keys)
    return container


@pytest.mark.parametrize("user", ["u", "ü😀", "7"])
def test_a_prefix_of_the_key_selects_all_that_begins_with_it(
    filled: ContainerProxy, user: str
) -> None:
    text = "SELECT VALUE c.id FROM c ORDER BY c.id"
    wide = list(filled.query_items(text, partition_key=[user]))
    assert wide == [f"{user}-{rest}" for rest in ("t1-a", "t1-b", "t2-a", "t2-b")]
    narrow = list(filled.query_items(text, partition_key=[user, "t2"]))
    assert narrow == [f"{user}-t2-a", f"{user}-t2-b"]
    assert list(filled.query_items(text, partition_key=[user, "t2", "b"])) == [f"{user}-t2-b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT VALUE COUNT(1) FROM c", [4]),
        ("SELECT VALUE SUM(c.n) FROM c", [12]),
        ("SELECT TOP 1 VALUE c.id FROM c ORDER BY c.id DESC", ["u-t2-b"]),
        ("SELECT c.thread_id, COUNT(1) AS n FROM c GROUP BY c.thread_id",
         [{"thread_id": "t1", "n": 2}, {"thread_id": "t2", "n": 2}]),
    ],
)  # fmt: skip
def test_a_prefix_query_is_evaluated_as_a_whole(
    filled: ContainerProxy, text: str, expected: list[Any]
) -> None:
    assert list(filled.query_items(text, partition_key=["u"])) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT VALUE COUNT(1) FROM c", [12]),
        ("SELECT VALUE SUM(c.n) FROM c", [36]),
        ("SELECT VALUE c.id FROM c WHERE c.user_id = 'u' AND c.kind = 'a'", ["u-t1-a", "u-t2-a"]),
        ("SELECT VALUE c.id FROM c WHERE 'u' = c.user_id AND c.thread_id = 't1' AND c.kind = 'b'",
         ["u-t1-b"]),
        ("SELECT VALUE c.id FROM c WHERE c.user_id = 'u' AND c.user_id = '7'", []),
        ("SELECT TOP 2 VALUE c.id FROM c ORDER BY c.id", ["7-t1-a", "7-t1-b"]),
        ("SELECT c.kind, COUNT(1) AS n FROM c GROUP BY c.kind",
         [{"kind": "a", "n": 6}, {"kind": "b", "n": 6}]),
    ],
)  # fmt: skip
def test_a_query_across_partitions_is_evaluated_as_a_whole(
    filled: ContainerProxy, text: str, expected: list[Any]
) -> None:
    assert list(filled.query_items(text, enable_cross_partition_query=True)) == expected


def test_a_query_across_partitions_must_be_asked_for(filled: ContainerProxy) -> None:
    with pytest.raises(CosmosHttpResponseError, match="Cross partition") as failure:
        list(filled.query_items("SELECT * FROM c"))
    assert failure.value.status_code == 400


def test_a_feed_range_of_a_key_selects_its_items(filled: ContainerProxy) -> None:
    area = filled.feed_range_from_partition_key(["u", "t1", "a"])
    rows = filled.query_items("SELECT VALUE c.id FROM c", feed_range=area)
    assert list(rows) == ["u-t1-a"]
    (whole,) = filled.read_feed_ranges()
    assert len(list(filled.query_items("SELECT * FROM c", feed_range=whole))) == 12


@pytest.mark.parametrize("size", [1, 5, 12, 100])
@pytest.mark.parametrize(
    "text",
    [
        "SELECT VALUE c.id FROM c",
        "SELECT VALUE c.id FROM c ORDER BY c.id",
        "SELECT DISTINCT VALUE c.id FROM c",
        "SELECT VALUE c.id FROM c OFFSET 0 LIMIT 50",
    ],
)
def test_pages_cover_everything_once(filled: ContainerProxy, text: str, size: int) -> None:
    pages = filled.query_items(
        text, enable_cross_partition_query=True, max_item_count=size
    ).by_page()
    lists = [list(page) for page in pages]
    assert all(len(page) <= size for page in lists)
    everything = [name for page in lists for name in page]
    assert len(everything) == len(set(everything)) == 12


def test_pages_of_joined_rows_split_within_an_item(make_container: MakeContainer) -> None:
    container = make_container("/pk")
    for at in range(3):
        container.create_item({"id": str(at), "pk": "p", "list": [at * 10 + k for k in range(5)]})
    rows = container.query_items(
        "SELECT VALUE x FROM c JOIN x IN c.list", partition_key="p", max_item_count=2
    )
    assert list(rows) == [at * 10 + k for at in range(3) for k in range(5)]


def test_rows_added_between_pages_disturb_no_page(make_container: MakeContainer) -> None:
    container = make_container("/pk")
    for at in range(6):
        container.create_item({"id": str(at), "pk": "p"})
    pages = container.query_items(
        "SELECT VALUE c.id FROM c", partition_key="p", max_item_count=2
    ).by_page()
    seen = list(next(pages))
    container.delete_item("0", "p")
    container.create_item({"id": "new", "pk": "p"})
    for page in pages:
        seen += page
    assert seen == ["0", "1", "2", "3", "4", "5", "new"]


async def test_the_async_client_finds_the_same(
    filled: ContainerProxy, async_client: AsyncCosmosClient
) -> None:
    _, database, _, name = filled.container_link.split("/")
    container = async_client.get_database_client(database).get_container_client(name)
    text = "SELECT VALUE c.id FROM c ORDER BY c.id"
    prefix = [row async for row in container.query_items(text, partition_key=["u"])]
    assert prefix == ["u-t1-a", "u-t1-b", "u-t2-a", "u-t2-b"]
    assert [row async for row in container.query_items("SELECT VALUE COUNT(1) FROM c")] == [12]
    assert [row async for row in container.query_items("SELECT VALUE SUM(c.n) FROM c")] == [36]
