"""Several physical partitions, and what happens to their readers when one is split."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, PartitionKey
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from tests.contract.cosmos.partition_splits import split_partition
from tests.contract.cosmos.raw_requests import send
from tests.contract.cosmos.server_process import KEY, ServerProcess

PARTITIONS = 3


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("divided"), "--partitions", str(PARTITIONS))
    yield server
    assert server.stop() == 0, "".join(server.lines)


@pytest.fixture
def turns(divided: ServerProcess) -> Iterator[ContainerProxy]:
    """Four users with three threads of two turns each, in a container that is not split yet."""
    with CosmosClient(divided.url, KEY) as client:
        key = PartitionKey(path=["/user_id", "/thread_id"])
        container = client.create_database_if_not_exists("db").create_container(uuid4().hex, key)
        for name in sorted(expected_turns()):
            user, thread, _ = name.split("-")
            container.create_item({"id": name, "user_id": user, "thread_id": thread})
        yield container


def expected_turns() -> set[str]:
    return {f"u{user}-t{thread}-{n}" for user in range(4) for thread in range(3) for n in range(2)}


def ranges_of(server: ServerProcess, container: ContainerProxy) -> list[dict[str, Any]]:
    _, _, answer = send(server, "GET", f"/{container.container_link}/pkranges")
    return answer["PartitionKeyRanges"]


def read_changes(container: ContainerProxy, **options: Any) -> tuple[list[dict[str, Any]], str]:
    found = list(container.query_items_change_feed(**(options or {"start_time": "Beginning"})))
    return found, container.client_connection.last_response_headers["etag"]


def names(items: list[dict[str, Any]]) -> list[str]:
    return sorted(item["id"] for item in items)


def test_the_partitions_share_the_keys_without_gap_or_overlap(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    ranges = ranges_of(divided, turns)
    assert [part["id"] for part in ranges] == ["0", "1", "2"]
    limits = [(part["minInclusive"], part["maxExclusive"]) for part in ranges]
    assert limits[0][0] == ""
    assert limits[-1][1] == "FF"
    assert [low for low, _ in limits[1:]] == [high for _, high in limits[:-1]]
    parts = [read_changes(turns, feed_range=area, start_time="Beginning")[0]
             for area in turns.read_feed_ranges()]  # fmt: skip
    assert sorted(name for part in parts for name in names(part)) == sorted(expected_turns())
    assert sum(bool(part) for part in parts) > 1, "all items in one partition prove nothing"


def test_each_partition_numbers_its_own_writes(turns: ContainerProxy) -> None:
    for area in turns.read_feed_ranges():
        found, _ = read_changes(turns, feed_range=area, start_time="Beginning")
        assert [item["_lsn"] for item in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("splits", [0, 1, 3])
def test_queries_find_the_same_however_the_items_are_divided(
    divided: ServerProcess, turns: ContainerProxy, splits: int
) -> None:
    for _ in range(splits):
        split_partition(divided, turns)
    text = "SELECT VALUE c.id FROM c ORDER BY c.id"
    everywhere = list(turns.query_items(text, enable_cross_partition_query=True))
    assert everywhere == sorted(expected_turns())
    one_user: list[Any] = list(turns.query_items(text, partition_key=["u1"]))
    assert sorted(one_user) == sorted(name for name in expected_turns() if name.startswith("u1-"))
    assert list(turns.query_items(text, partition_key=["u1", "t2"])) == ["u1-t2-0", "u1-t2-1"]
    found: list[Any] = []
    for area in turns.read_feed_ranges():
        found += turns.query_items(text, feed_range=area)
    assert sorted(found) == sorted(expected_turns())
    wanted = [(name, name.split("-")[:2]) for name in sorted(expected_turns())]
    assert names(list(turns.read_items(wanted))) == sorted(expected_turns())


def test_a_continuation_of_the_whole_feed_goes_on_after_splits(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    found, token = read_changes(turns)
    assert names(found) == sorted(expected_turns())
    for _ in range(3):
        split_partition(divided, turns)
    assert read_changes(turns, continuation=token)[0] == []
    for user in range(4):
        turns.upsert_item({"id": "late", "user_id": f"u{user}", "thread_id": "t0", "n": user})
    late, token = read_changes(turns, continuation=token)
    assert sorted(item["n"] for item in late) == [0, 1, 2, 3]
    assert read_changes(turns, continuation=token)[0] == []


def test_a_feed_range_from_before_a_split_is_read_to_its_end(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    areas = list(turns.read_feed_ranges())
    for part in ranges_of(divided, turns):
        split_partition(divided, turns, range=part["id"])
    found = [read_changes(turns, feed_range=area, start_time="Beginning")[0] for area in areas]
    assert sorted(name for part in found for name in names(part)) == sorted(expected_turns())


async def test_a_reader_between_two_pages_does_not_notice_a_split(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    async with AsyncCosmosClient(divided.url, KEY) as client:
        container = client.get_database_client("db").get_container_client(turns.id)
        feed = container.query_items_change_feed(start_time="Beginning", max_item_count=2)
        seen: list[str] = []
        pages = feed.by_page()
        async for page in pages:
            seen += [item["id"] async for item in page]
            if len(seen) in (2, 8):
                split_partition(divided, turns)
    assert sorted(seen) == sorted(expected_turns())


def test_children_go_on_with_their_parents_numbers(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    def numbers() -> dict[str, int]:
        return {item["id"]: item["_lsn"] for item in read_changes(turns)[0]}

    before = numbers()
    order = split_partition(divided, turns)
    assert numbers() == before
    assert [child["parents"] for child in order["children"]] == [[order["parent"]]] * 2
    turns.upsert_item({"id": "u0-t0-0", "user_id": "u0", "thread_id": "t0"})
    assert numbers()["u0-t0-0"] > before["u0-t0-0"]


def test_a_parent_is_gone_for_queries_and_for_the_feed(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    order = split_partition(divided, turns)
    path = f"/{turns.container_link}/docs"
    old = {"x_ms_documentdb_partitionkeyrangeid": order["parent"]}
    status, headers, _ = send(divided, "GET", path, A_IM="Incremental feed", **old)
    assert (status, headers["x-ms-substatus"]) == (410, "1002")
    query = b'{"query": "SELECT * FROM c"}'
    kind = "application/query+json"
    status, headers, _ = send(divided, "POST", path, query, content_type=kind, **old)
    assert (status, headers["x-ms-substatus"]) == (410, "1002")


def test_keys_outside_the_partition_that_is_named_are_refused(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    first, second, _ = ranges_of(divided, turns)
    span = {
        "x_ms_documentdb_partitionkeyrangeid": first["id"],
        "x_ms_start_epk": first["minInclusive"],
        "x_ms_end_epk": second["maxExclusive"],
    }
    path = f"/{turns.container_link}/docs"
    status, headers, _ = send(divided, "GET", path, A_IM="Incremental feed", **span)
    assert (status, headers["x-ms-substatus"]) == (410, "1002")


def test_the_feed_of_several_partitions_at_once_is_refused(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    path = f"/{turns.container_link}/docs"
    status, _, answer = send(divided, "GET", path, A_IM="Incremental feed")
    assert status == 400
    assert "by its id" in answer["message"]


def test_clients_that_know_the_ranges_learn_only_the_new_ones(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    path = f"/{turns.container_link}/pkranges"
    _, headers, _ = send(divided, "GET", path)
    etag = headers["etag"]
    assert send(divided, "GET", path, if_none_match=etag)[0] == 304
    split_partition(divided, turns, range="1")
    split_partition(divided, turns, range="4")
    status, headers, answer = send(divided, "GET", path, if_none_match=etag)
    assert status == 200
    new = {part["id"]: part["parents"] for part in answer["PartitionKeyRanges"]}
    assert new == {"3": ["1"], "5": ["1", "4"], "6": ["1", "4"]}
    assert headers["etag"] != etag
    other = '"another container:9"'
    assert len(send(divided, "GET", path, if_none_match=other)[2]["PartitionKeyRanges"]) == 5


def test_a_partition_is_cut_where_the_order_says(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    order = split_partition(divided, turns, range="0", at="00ab")
    left, right = order["children"]
    assert left["maxExclusive"] == right["minInclusive"] == "00AB"


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        ({"range": "9"}, 404, "no partition key range '9'"),
        ({"range": "0", "at": "FE"}, 400, "does not lie between"),
        ({"range": "0", "at": "0x"}, 400, "does not lie between"),
        ({"range": "0", "at": ""}, 400, "does not lie between"),
        ({"container": "other"}, 404, "other"),
        ({"range": 0}, 400, "must be strings"),
    ],
)
def test_a_split_that_cannot_be_is_refused(
    divided: ServerProcess, turns: ContainerProxy, options: dict[str, Any], status: int, word: str
) -> None:
    before = ranges_of(divided, turns)
    with pytest.raises(HTTPError) as failure:
        split_partition(divided, turns, **options)
    with failure.value as answer:
        assert answer.code == status
        assert word in answer.read().decode()
    assert ranges_of(divided, turns) == before


async def test_no_write_or_query_notices_that_partitions_are_split_meanwhile(
    divided: ServerProcess, turns: ContainerProxy
) -> None:
    stop, written = asyncio.Event(), asyncio.Semaphore(0)
    async with AsyncCosmosClient(divided.url, KEY) as client:
        container = client.get_database_client("db").get_container_client(turns.id)

        async def write(user: str) -> None:
            key = [user, "t"]
            while not stop.is_set():
                item = {"id": "x", "user_id": user, "thread_id": "t"}
                await container.upsert_item(item)
                await container.execute_item_batch([("upsert", (item,))], key)
                rows = container.query_items("SELECT * FROM c", partition_key=key)
                assert [row["id"] async for row in rows] == ["x"]
                written.release()

        async with asyncio.timeout(60), asyncio.TaskGroup() as writers:
            for n in range(8):
                writers.create_task(write(f"w{n}"))
            for _ in range(12):
                await asyncio.to_thread(split_partition, divided, turns)
                for _ in range(8):
                    await written.acquire()
            stop.set()
    assert len(ranges_of(divided, turns)) == PARTITIONS + 12
