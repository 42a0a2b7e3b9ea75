"""Probes of items and of the change feed."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from tests.contract.cosmos.partition_splits import split_partition
from tests.contract.cosmos.probes.account import raw
from tests.contract.cosmos.probes.registry import Ground, Refused, refused, run, works


def status_of(call: Callable[[], object]) -> int:
    """The status of a refusal; 0 if there was none."""
    try:
        call()
    except CosmosHttpResponseError as error:
        return int(error.status_code or 0)
    return 0


@works("Create, read, upsert, replace, delete")
def check_items(at: Ground) -> None:
    container = at.filled({"n": 1})
    assert status_of(lambda: container.create_item({"id": "0", "pk": "p"})) == 409
    container.upsert_item({"id": "0", "pk": "p", "n": 2})
    container.replace_item("0", {"id": "0", "pk": "p", "n": 3})
    assert container.read_item("0", "p")["n"] == 3
    large = {"id": "large", "pk": "p", "text": "x" * 2_200_000}
    assert status_of(lambda: container.create_item(large)) == 413
    deep: Any = 1
    for _ in range(130):
        deep = [deep]
    assert status_of(lambda: container.create_item({"id": "d", "pk": "p", "deep": deep})) == 400
    container.delete_item("0", "p")
    assert status_of(lambda: container.read_item("0", "p")) == 404
    assert status_of(lambda: container.delete_item("0", "p")) == 404


@works("System properties `_rid _self _etag _ts _attachments`")
def check_system_properties(at: Ground) -> None:
    container = at.filled({})
    item = container.read_item("0", "p")
    assert {"_rid", "_self", "_etag", "_ts", "_attachments"} <= item.keys()
    assert "_lsn" not in item
    [change] = container.query_items_change_feed(start_time="Beginning")
    assert change["_lsn"] > 0


@works("If-Match, If-None-Match")
def check_conditions(at: Ground) -> None:
    container = at.filled({})
    condition: dict[str, Any] = {
        "etag": '"stale"',
        "match_condition": MatchConditions.IfNotModified,
    }
    body = {"id": "0", "pk": "p"}
    assert status_of(lambda: container.replace_item("0", body, **condition)) == 412
    assert status_of(lambda: container.upsert_item(body, **condition)) == 412
    assert status_of(lambda: container.delete_item("0", "p", **condition)) == 412
    container.upsert_item({"id": "new", "pk": "p"}, **condition)
    condition["etag"] = container.read_item("0", "p")["_etag"]
    container.replace_item("0", body, **condition)
    path = f"/{container.container_link}/docs/new"
    etag = container.read_item("new", "p")["_etag"]
    key = '["p"]'
    unchanged = raw(
        at, "GET", path, if_none_match=etag, x_ms_documentdb_partitionkey=key, accept="x"
    )
    unchanged()


@works("Ids")
def check_ids(at: Ground) -> None:
    container = at.make()
    for name in ("é 😀 %:\"'", "x" * 1023):
        container.create_item({"id": name, "pk": "p"})
        assert container.read_item(name, "p")["id"] == name
    path = f"/{container.container_link}/docs"
    for name in ("", "x" * 1024, "a/b", "a#b", "a?b", "a\\\\b"):
        body = f'{{"id": "{name}", "pk": "p"}}'.encode()
        post = raw(at, "POST", path, body, x_ms_documentdb_partitionkey='["p"]')
        assert status_of(post) == 400, name


@works("Patch: add, set, replace, remove, incr, move")
def check_patch(at: Ground) -> None:
    container = at.filled({"a": 1, "b": 2, "c": 3, "list": [1]})
    container.patch_item(
        "0",
        "p",
        [
            {"op": "add", "path": "/list/-", "value": 2},
            {"op": "set", "path": "/new", "value": "x"},
            {"op": "replace", "path": "/a", "value": 10},
            {"op": "remove", "path": "/b"},
            {"op": "incr", "path": "/c", "value": 4},
            {"op": "move", "from": "/a", "path": "/moved"},
        ],
        filter_predicate="FROM c WHERE c.a = 1",
    )
    item = container.read_item("0", "p")
    assert (item["list"], item["new"], item["c"], item["moved"]) == ([1, 2], "x", 7, 10)
    assert not {"a", "b"} & item.keys()
    one = [{"op": "set", "path": "/n", "value": 1}]
    assert status_of(lambda: container.patch_item("0", "p", one * 11)) == 400
    fails = "FROM c WHERE c.c = 1"
    assert status_of(lambda: container.patch_item("0", "p", one, filter_predicate=fails)) == 412


@works("Transactional batch")
def check_batch(at: Ground) -> None:
    container = at.filled({"n": 1})
    creations = [("create", ({"id": f"b{n}", "pk": "p"},)) for n in range(100)]
    assert len(container.execute_item_batch(creations, "p")) == 100
    clash = [("create", ({"id": "c", "pk": "p"},)), ("create", ({"id": "b0", "pk": "p"},))]
    with pytest.raises(CosmosBatchOperationError) as failure:
        container.execute_item_batch(clash, "p")
    assert failure.value.status_code == 409
    parts = failure.value.operation_responses or []
    assert [part["statusCode"] for part in parts] == [424, 409]
    assert status_of(lambda: container.read_item("c", "p")) == 404


@refused("Bulk (non-atomic batch)", "atomic")
def send_bulk(at: Ground) -> list[Refused]:
    path = f"/{at.make().container_link}/docs"
    headers = {"x_ms_cosmos_is_batch_request": "True", "x_ms_documentdb_partitionkey": '["p"]'}
    return [raw(at, "POST", path, b"[]", **headers, x_ms_cosmos_batch_atomic="False")]


@works("read_items (read many)")
def check_read_items(at: Ground) -> None:
    container = at.filled({}, {}, {})
    found = container.read_items([("2", "p"), ("0", "p"), ("none", "p")])
    assert {item["id"] for item in found} == {"0", "2"}


@works("TTL of container and item")
def check_ttl(at: Ground) -> None:
    container = at.filled({"ttl": -1}, {}, {"ttl": 1000}, default_ttl=1)
    deadline = time.monotonic() + 5
    while len(run(container, "SELECT c.id FROM c")) > 2:
        assert time.monotonic() < deadline, "the item without a ttl did not expire"
        time.sleep(0.02)
    assert status_of(lambda: container.read_item("1", "p")) == 404
    assert [change["id"] for change in changes(container)] == ["0", "2"]


@refused("delete_all_items_by_partition_key", "operations")
def delete_by_key(at: Ground) -> list[Refused]:
    container = at.filled({})
    return [lambda: container.delete_all_items_by_partition_key("p")]


@works("`Prefer: return=minimal`")
def check_minimal(at: Ground) -> None:
    container = at.make()
    assert not container.create_item({"id": "x", "pk": "p"}, no_response=True)
    assert container.read_item("x", "p")["id"] == "x"


def changes(container: ContainerProxy, **options: Any) -> list[dict[str, Any]]:
    """The change feed, from the beginning unless told otherwise."""
    return list(container.query_items_change_feed(**(options or {"start_time": "Beginning"})))


@works("Latest version: beginning, now, a time, continuation")
def check_feed(at: Ground) -> None:
    container = at.filled({}, {})
    container.upsert_item({"id": "0", "pk": "p", "n": 2})
    container.create_item({"id": "other", "pk": "q"})
    assert [item["id"] for item in changes(container)] == ["1", "0", "other"]
    token = container.client_connection.last_response_headers["etag"]
    assert changes(container, start_time="Now") == []
    [area] = container.read_feed_ranges()
    assert len(changes(container, feed_range=area, start_time="Beginning")) == 3
    assert len(changes(container, partition_key="q", start_time="Beginning")) == 1
    container.create_item({"id": "new", "pk": "p"})
    assert [item["id"] for item in changes(container, continuation=token)] == ["new"]


@works("Order and `_lsn`")
def check_feed_order(at: Ground) -> None:
    container = at.make()
    container.create_item({"id": "first", "pk": "p"})
    creations = [("create", ({"id": f"{n}", "pk": "p"},)) for n in range(3)]
    container.execute_item_batch(creations, "p")
    container.create_item({"id": "last", "pk": "p"})
    first, *batch, last = [item["_lsn"] for item in changes(container)]
    assert len(batch) == 3
    assert first < batch[0] == batch[1] == batch[2] < last
    pages = container.query_items_change_feed(start_time="Beginning", max_item_count=2).by_page()
    assert [len(list(page)) for page in pages] == [4, 1]


@works("Splits")
def check_splits(at: Ground) -> None:
    container = at.filled({}, {})
    before = changes(container)
    token = container.client_connection.last_response_headers["etag"]
    split_partition(at.server, container)
    assert len(list(container.read_feed_ranges(force_refresh=True))) == 2
    container.create_item({"id": "new", "pk": "q"})
    assert [item["id"] for item in changes(container, continuation=token)] == ["new"]
    assert {item["id"] for item in before} == {"0", "1"}


@works("304 and ETag continuation, page size")
def check_feed_pages(at: Ground) -> None:
    container = at.filled({}, {}, {})
    feed = container.query_items_change_feed(start_time="Beginning", max_item_count=2).by_page()
    assert [len(list(page)) for page in feed] == [2, 1]


@refused("All versions and deletes", "change feed")
def read_all_versions(at: Ground) -> list[Refused]:
    container = at.make()
    mode = "AllVersionsAndDeletes"
    return [lambda: list(container.query_items_change_feed(mode=mode, start_time="Now"))]
