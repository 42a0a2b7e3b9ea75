from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosHttpResponseError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from azure.cosmos.partition_key import NonePartitionKeyValue, NullPartitionKeyValue

from tests.contract.cosmos.raw_requests import send
from tests.contract.cosmos.server_process import ServerProcess

ITEM = {"id": "a", "pk": "p", "n": 1, "text": "ünï 😀", "deep": {"list": [1, None, {"x": 2.5}]}}


def test_a_created_item_is_read_back_with_its_system_properties(container: ContainerProxy) -> None:
    created = container.create_item(ITEM)
    read = container.read_item("a", "p")
    assert read == created
    assert ITEM.items() <= read.items()
    assert read.keys() - ITEM.keys() == {"_rid", "_self", "_etag", "_attachments", "_ts"}
    assert isinstance(read["_ts"], int)


def test_headers_carry_charge_session_and_etag(container: ContainerProxy) -> None:
    created = container.create_item(ITEM)
    headers = created.get_response_headers()
    assert float(headers["x-ms-request-charge"]) > 1
    assert headers["x-ms-session-token"].startswith("0:-1#")
    assert headers["etag"] == created["_etag"]


def test_creating_an_id_twice_conflicts_within_its_partition_only(
    container: ContainerProxy,
) -> None:
    container.create_item(ITEM)
    with pytest.raises(CosmosResourceExistsError):
        container.create_item(ITEM | {"n": 2})
    container.create_item(ITEM | {"pk": "other"})
    assert container.read_item("a", "p")["n"] == 1


@pytest.mark.parametrize("name", ["thread:u1:t1", "a b", "ü%20", "é+=&", "'\"", "x" * 1023])
def test_ids_of_all_kinds_are_addressed_exactly(container: ContainerProxy, name: str) -> None:
    container.create_item({"id": name, "pk": "p"})
    assert container.read_item(name, "p")["id"] == name
    container.delete_item(name, "p")
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item(name, "p")


@pytest.mark.parametrize("key", ["", "text", 5, -1.5, True, False, "ü" * 200])
def test_partition_keys_of_every_type_find_their_items(container: ContainerProxy, key: Any) -> None:
    container.create_item({"id": "a", "pk": key})
    assert container.read_item("a", key)["pk"] == key
    rows = container.query_items("SELECT VALUE c.pk FROM c", partition_key=key)
    assert list(rows) == [key]


def test_one_is_the_same_partition_key_as_one_point_zero(container: ContainerProxy) -> None:
    container.create_item({"id": "a", "pk": 1})
    assert container.read_item("a", 1.0)["pk"] == 1


def test_an_upsert_inserts_then_replaces(container: ContainerProxy) -> None:
    first = container.upsert_item(ITEM)
    second = container.upsert_item({"id": "a", "pk": "p", "n": 2})
    assert second["_rid"] == first["_rid"]
    assert second["_etag"] != first["_etag"]
    assert "text" not in container.read_item("a", "p")


def test_a_replacement_needs_an_existing_item(container: ContainerProxy) -> None:
    with pytest.raises(CosmosResourceNotFoundError):
        container.replace_item("a", ITEM)
    container.create_item(ITEM)
    assert container.replace_item("a", ITEM | {"n": 7})["n"] == 7


@pytest.mark.parametrize("operation", ["replace", "upsert", "delete", "patch"])
def test_a_stale_etag_fails_and_changes_nothing(container: ContainerProxy, operation: str) -> None:
    stale = container.create_item(ITEM)["_etag"]
    current = container.upsert_item(ITEM | {"n": 2})
    guard: Any = {"etag": stale, "match_condition": MatchConditions.IfNotModified}
    with pytest.raises(CosmosAccessConditionFailedError) as failure:
        match operation:
            case "replace":
                container.replace_item("a", ITEM, **guard)
            case "upsert":
                container.upsert_item(ITEM, **guard)
            case "delete":
                container.delete_item("a", "p", **guard)
            case _:
                container.patch_item("a", "p", [{"op": "incr", "path": "/n", "value": 1}], **guard)
    assert failure.value.status_code == 412
    assert container.read_item("a", "p") == current


def test_an_upsert_of_a_missing_item_creates_it_whatever_if_match_says(
    container: ContainerProxy,
) -> None:
    guard: Any = {"etag": '"gone"', "match_condition": MatchConditions.IfNotModified}
    assert container.upsert_item(ITEM, **guard)["n"] == 1


def test_the_current_etag_lets_a_write_pass(container: ContainerProxy) -> None:
    etag = container.create_item(ITEM)["_etag"]
    replaced = container.replace_item(
        "a", ITEM | {"n": 2}, etag=etag, match_condition=MatchConditions.IfNotModified
    )
    assert replaced["n"] == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"id": "a/b", "pk": "p"}, "illegal"),
        ({"id": "", "pk": "p"}, "id"),
        ({"id": 5, "pk": "p"}, "string"),
        ({"id": "a", "pk": "p", "ttl": 0}, "ttl"),
        ({"id": "a", "pk": "p", "ttl": "soon"}, "ttl"),
        ({"id": "a", "pk": ["p"]}, "partition key"),
    ],
)
def test_an_item_that_breaks_a_rule_is_refused(
    container: ContainerProxy, body: dict[str, Any], message: str
) -> None:
    with pytest.raises((CosmosHttpResponseError, ValueError, TypeError), match=message):
        container.create_item(body)
    assert list(container.read_all_items()) == []


def test_an_item_over_two_megabytes_is_refused(container: ContainerProxy) -> None:
    container.create_item({"id": "fits", "pk": "p", "text": "x" * 1_900_000})
    with pytest.raises(CosmosHttpResponseError) as failure:
        container.create_item({"id": "a", "pk": "p", "text": "x" * 2_100_000})
    assert failure.value.status_code == 413


def test_a_response_without_body_can_be_asked_for(container: ContainerProxy) -> None:
    assert dict(container.create_item(ITEM, no_response=True)) == {}
    assert container.read_item("a", "p")["n"] == 1


def test_many_items_are_read_together_in_the_order_asked(threads: ContainerProxy) -> None:
    keys = [(f"i{at}", [f"u{at % 3}", f"t{at % 2}"]) for at in range(20)]
    for name, (user, thread) in keys:
        threads.create_item({"id": name, "user_id": user, "thread_id": thread})
    wanted = [*keys[5:15], ("missing", ["u0", "t0"])]
    assert [item["id"] for item in threads.read_items(wanted)] == [name for name, _ in keys[5:15]]


def test_items_without_the_partition_key_property_are_reachable(container: ContainerProxy) -> None:
    container.create_item({"id": "a"})
    container.create_item({"id": "a", "pk": None})
    assert "pk" not in container.read_item("a", NonePartitionKeyValue)
    assert container.read_item("a", NullPartitionKeyValue)["pk"] is None


def test_a_deleted_item_is_gone_and_deleting_it_again_says_so(container: ContainerProxy) -> None:
    container.create_item(ITEM)
    container.delete_item("a", "p")
    with pytest.raises(CosmosResourceNotFoundError):
        container.delete_item("a", "p")
    container.create_item(ITEM)


def test_a_missing_item_and_a_missing_container_are_told_apart(
    container: ContainerProxy, server: ServerProcess
) -> None:
    key: dict[str, Any] = {"x_ms_documentdb_partitionkey": '["p"]'}
    for path, substatus in (
        (f"/{container.container_link}/docs/a", None),
        (f"/{container.container_link}x/docs/a", "1003"),
        (f"/{container.container_link}x", None),
    ):
        status, headers, _ = send(server, "GET", path, **key)
        assert (status, headers.get("x-ms-substatus")) == (404, substatus)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_beyond_the_service_s_limit_is_refused(container: ContainerProxy) -> None:
    container.create_item({"id": "fits", "pk": "p", "deep": nested(127)})
    patched = container.patch_item("fits", "p", [{"op": "set", "path": "/n", "value": 1}])
    assert patched["deep"] == nested(127)
    for depth in (128, 900):
        with pytest.raises(CosmosHttpResponseError) as failure:
            container.create_item({"id": "deep", "pk": "p", "deep": nested(depth)})
        assert failure.value.status_code == 400
    text = "SELECT DISTINCT VALUE c.deep FROM c WHERE c.deep = c.deep ORDER BY c.deep"
    assert list(container.query_items(text, partition_key="p")) == [nested(127)]
