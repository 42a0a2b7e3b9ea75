from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

KEY = ["u", "t"]


def item(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "user_id": "u", "thread_id": "t"} | more


def statuses(failure: CosmosBatchOperationError) -> list[int]:
    return [response["statusCode"] for response in failure.operation_responses or []]


def test_every_kind_of_operation_returns_its_result(threads: ContainerProxy) -> None:
    threads.create_item(item("old", n=1))
    threads.create_item(item("gone"))
    results = threads.execute_item_batch(
        [
            ("create", (item("new", n=5),)),
            ("upsert", (item("other"),)),
            ("replace", ("old", item("old", n=2))),
            ("patch", ("old", [{"op": "incr", "path": "/n", "value": 40}])),
            ("read", ("old",)),
            ("delete", ("gone",)),
        ],
        partition_key=KEY,
    )
    assert [result["statusCode"] for result in results] == [201, 201, 200, 200, 200, 204]
    assert results[3]["resourceBody"]["n"] == 42
    assert results[4]["resourceBody"] == results[3]["resourceBody"]
    assert results[3]["eTag"] == results[3]["resourceBody"]["_etag"]
    assert "resourceBody" not in results[5]
    assert [row["id"] for row in threads.read_all_items()] == ["old", "new", "other"]


def test_counting_a_turn_once_is_one_batch(threads: ContainerProxy) -> None:
    threads.create_item(item("count", n=0, last_owner="durable"))
    threads.create_item(item("state"))

    def record(turn: str) -> Any:
        return threads.execute_item_batch(
            [
                ("create", (item(f"seen:{turn}"),)),
                (
                    "patch",
                    ("count", [{"op": "incr", "path": "/n", "value": 1}]),
                    {"filter_predicate": "FROM c WHERE c.last_owner = 'durable'"},
                ),
                ("patch", ("state", [{"op": "set", "path": "/due", "value": turn}])),
            ],
            partition_key=KEY,
        )

    assert record("1")[1]["resourceBody"]["n"] == 1
    with pytest.raises(CosmosBatchOperationError) as failure:
        record("1")
    assert failure.value.status_code == 409
    assert failure.value.error_index == 0
    assert statuses(failure.value) == [409, 424, 424]
    assert threads.read_item("count", KEY)["n"] == 1


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (("create", (item("here"),)), 409),
        (("read", ("missing",)), 404),
        (("replace", ("here", item("here")), {"if_match_etag": '"stale"'}), 412),
        (("upsert", (item("here"),), {"if_match_etag": '"stale"'}), 412),
        (("delete", ("here",), {"if_match_etag": '"stale"'}), 412),
        (("patch", ("here", [{"op": "remove", "path": "/nope"}])), 400),
        (
            (
                "patch",
                ("here", [{"op": "set", "path": "/a", "value": 1}]),
                {"if_match_etag": '"x"'},
            ),
            412,
        ),
        (
            (
                "patch",
                ("here", [{"op": "set", "path": "/a", "value": 1}]),
                {"filter_predicate": "FROM c WHERE c.a = 1"},
            ),
            412,
        ),
        (("create", ({"id": "x", "user_id": "u", "thread_id": "other"},)), 400),
    ],
)
def test_one_failure_undoes_everything(
    threads: ContainerProxy, operation: Any, status: int
) -> None:
    threads.create_item(item("here"))
    before = list(threads.read_all_items())
    with pytest.raises(CosmosBatchOperationError) as failure:
        threads.execute_item_batch(
            [
                ("create", (item("first"),)),
                ("patch", ("here", [{"op": "set", "path": "/n", "value": 1}])),
                operation,
                ("create", (item("last"),)),
            ],
            partition_key=KEY,
        )
    assert failure.value.status_code == status
    assert statuses(failure.value) == [424, 424, status, 424]
    assert list(threads.read_all_items()) == before


def test_later_operations_see_earlier_ones(threads: ContainerProxy) -> None:
    results = threads.execute_item_batch(
        [
            ("create", (item("a", n=1),)),
            ("read", ("a",)),
            ("delete", ("a",)),
            ("create", (item("a"),)),
        ],
        partition_key=KEY,
    )
    assert [result["statusCode"] for result in results] == [201, 200, 204, 201]


def test_a_hundred_operations_fit_and_one_more_does_not(threads: ContainerProxy) -> None:
    def creates(count: int) -> list[Any]:
        return [("create", (item(f"i{at}"),)) for at in range(count)]

    with pytest.raises(CosmosHttpResponseError) as failure:
        threads.execute_item_batch(creates(101), partition_key=KEY)
    assert failure.value.status_code == 400
    assert len(threads.execute_item_batch(creates(100), partition_key=KEY)) == 100


def test_a_batch_over_two_megabytes_is_refused(threads: ContainerProxy) -> None:
    operations = [("create", (item(f"i{at}", text="x" * 300_000),)) for at in range(8)]
    with pytest.raises(CosmosHttpResponseError) as failure:
        threads.execute_item_batch(operations, partition_key=KEY)
    assert failure.value.status_code == 413


def test_an_if_match_within_a_batch_holds_against_the_current_version(
    threads: ContainerProxy,
) -> None:
    etag = threads.create_item(item("a", n=1))["_etag"]
    results = threads.execute_item_batch(
        [("patch", ("a", [{"op": "set", "path": "/n", "value": 2}]), {"if_match_etag": etag})],
        partition_key=KEY,
    )
    assert results[0]["resourceBody"]["n"] == 2
