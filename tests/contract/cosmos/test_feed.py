from datetime import UTC, datetime, timedelta
from typing import Any

from azure.cosmos import ContainerProxy
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from tests.contract.cosmos.conftest import MakeContainer


def changes(container: ContainerProxy, **options: Any) -> tuple[list[dict[str, Any]], str]:
    items = list(container.query_items_change_feed(**options))
    return items, container.client_connection.last_response_headers["etag"]


def names(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def add(container: ContainerProxy, *ids: str, pk: str = "p") -> None:
    for name in ids:
        container.upsert_item({"id": name, "pk": pk})


def test_the_feed_has_each_item_once_in_its_newest_version(container: ContainerProxy) -> None:
    add(container, "a", "b", "c")
    container.upsert_item({"id": "a", "pk": "p", "n": 2})
    container.delete_item("b", "p")
    items, _ = changes(container, start_time="Beginning")
    assert names(items) == ["c", "a"]
    assert items[1]["n"] == 2


def test_every_document_carries_its_lsn_in_order(container: ContainerProxy) -> None:
    add(container, *(str(at) for at in range(10)))
    items, _ = changes(container, is_start_from_beginning=True, max_item_count=3)
    numbers = [item["_lsn"] for item in items]
    assert numbers == sorted(set(numbers))
    assert names(items) == [str(at) for at in range(10)]
    assert "_lsn" not in container.read_item("1", "p")


def test_a_continuation_goes_on_where_the_last_answer_ended(container: ContainerProxy) -> None:
    add(container, "a")
    items, token = changes(container, start_time="Beginning")
    assert names(items) == ["a"]
    assert changes(container, continuation=token)[0] == []
    add(container, "b", "a")
    items, token = changes(container, continuation=token)
    assert names(items) == ["b", "a"]
    assert changes(container, continuation=token)[0] == []


def test_from_now_sees_only_what_comes(container: ContainerProxy) -> None:
    add(container, "old")
    items, token = changes(container, start_time="Now")
    assert items == []
    add(container, "new")
    assert names(changes(container, continuation=token)[0]) == ["new"]


def test_from_a_time_on(container: ContainerProxy) -> None:
    add(container, "a")
    hour = timedelta(hours=1)
    assert names(changes(container, start_time=datetime.now(UTC) - hour)[0]) == ["a"]
    assert changes(container, start_time=datetime.now(UTC) + hour)[0] == []


def test_the_feed_of_one_partition_key(container: ContainerProxy) -> None:
    add(container, "a", "b")
    add(container, "c", pk="q")
    assert names(changes(container, start_time="Beginning", partition_key="q")[0]) == ["c"]


def test_the_feed_of_a_prefix_of_a_hierarchical_key(threads: ContainerProxy) -> None:
    for user, thread in (("u", "1"), ("v", "1"), ("u", "2")):
        threads.create_item({"id": user + thread, "user_id": user, "thread_id": thread})
    items, _ = changes(threads, start_time="Beginning", partition_key=["u"])
    assert names(items) == ["u1", "u2"]
    items, _ = changes(threads, start_time="Beginning", partition_key=["u", "2"])
    assert names(items) == ["u2"]


def test_the_feed_of_a_feed_range_and_of_a_partition_range(container: ContainerProxy) -> None:
    add(container, "a", "b")
    (area,) = container.read_feed_ranges()
    assert names(changes(container, start_time="Beginning", feed_range=area)[0]) == ["a", "b"]
    options = {"is_start_from_beginning": True, "partition_key_range_id": "0"}
    assert names(changes(container, **options)[0]) == ["a", "b"]


def test_pages_keep_to_the_size_asked(container: ContainerProxy) -> None:
    add(container, *(f"{at:02}" for at in range(25)))
    pages = container.query_items_change_feed(start_time="Beginning", max_item_count=10).by_page()
    assert [len(list(page)) for page in pages] == [10, 10, 5]


def test_a_batch_appears_in_the_feed(threads: ContainerProxy) -> None:
    items = [("create", ({"id": str(at), "user_id": "u", "thread_id": "t"},)) for at in range(3)]
    threads.execute_item_batch(items, partition_key=["u", "t"])
    assert names(changes(threads, start_time="Beginning")[0]) == ["0", "1", "2"]


async def test_the_async_client_reads_the_feed(
    make_container: MakeContainer, async_client: AsyncCosmosClient
) -> None:
    made = make_container("/pk")
    add(made, "a", "b")
    _, database, _, name = made.container_link.split("/")
    container = async_client.get_database_client(database).get_container_client(name)
    feed = container.query_items_change_feed(start_time="Beginning", max_item_count=1)
    assert [item["id"] async for item in feed] == ["a", "b"]
    token = container.client_connection.last_response_headers["etag"]
    add(made, "c")
    feed = container.query_items_change_feed(continuation=token)
    assert [item["id"] async for item in feed] == ["c"]
    assert [area async for area in container.read_feed_ranges()]
