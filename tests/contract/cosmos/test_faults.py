"""Faults on order, and what the clients make of each."""

import time
import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.cosmos import ContainerProxy
from azure.cosmos.aio import ContainerProxy as AsyncContainerProxy
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceExistsError

from tests.contract.cosmos.fault_orders import FaultOrders
from tests.contract.cosmos.server_process import ServerProcess

ADD_ONE = [{"op": "incr", "path": "/n", "value": 1}]

type Call = Callable[[ContainerProxy], Any]

CALLS: dict[str, Call] = {
    "read": lambda container: container.read_item("a", "p"),
    "create": lambda container: container.create_item({"id": "b", "pk": "p"}),
    "upsert": lambda container: container.upsert_item({"id": "a", "pk": "p"}),
    "replace": lambda container: container.replace_item("a", {"id": "a", "pk": "p"}),
    "patch": lambda container: container.patch_item("a", "p", ADD_ONE),
    "delete": lambda container: container.delete_item("a", "p"),
    "batch": lambda container: container.execute_item_batch(
        [("upsert", ({"id": "a", "pk": "p"},))], partition_key="p"
    ),
    "query": lambda container: list(
        container.query_items("SELECT * FROM c", partition_key="p")
    ),
    "change_feed": lambda container: list(
        container.query_items_change_feed(start_time="Beginning")
    ),
    "list": lambda container: list(container.read_all_items()),
}  # fmt: skip


@pytest.fixture
def faults(server: ServerProcess) -> Iterator[FaultOrders]:
    orders = FaultOrders(server.url)
    yield orders
    orders.clear()


@pytest.fixture
def filled(container: ContainerProxy) -> ContainerProxy:
    container.create_item({"id": "a", "pk": "p", "n": 0})
    return container


def beside(client: AsyncCosmosClient, container: ContainerProxy) -> AsyncContainerProxy:
    """The same container through the other client."""
    _, database, _, name = container.container_link.split("/")
    return client.get_database_client(database).get_container_client(name)


def ids(container: ContainerProxy) -> list[str]:
    return [row["id"] for row in container.query_items("SELECT c.id FROM c", partition_key="p")]


@pytest.mark.parametrize("name", CALLS)
def test_each_operation_can_be_struck_alone(
    faults: FaultOrders, filled: ContainerProxy, name: str
) -> None:
    faults.order("status", status=418, operation=name, container=filled.id)
    for other in CALLS.keys() - {name, "delete", "create"}:
        CALLS[other](filled)
    with pytest.raises(CosmosHttpResponseError) as failure:
        CALLS[name](filled)
    assert failure.value.status_code == 418
    assert faults.fired() == [1]
    CALLS[name](filled)


def test_metadata_can_be_struck(
    faults: FaultOrders, filled: ContainerProxy, container: ContainerProxy
) -> None:
    faults.order("status", status=418, operation="metadata", container=container.id)
    with pytest.raises(CosmosHttpResponseError):
        container.read()
    assert container.read()["id"] == container.id


@pytest.mark.parametrize("name", CALLS)
def test_the_client_waits_as_told_and_gets_through_429(
    faults: FaultOrders, filled: ContainerProxy, name: str
) -> None:
    faults.order("status", status=429, retry_after_ms=20, operation=name, count=3)
    started = time.monotonic()
    CALLS[name](filled)
    assert time.monotonic() - started >= 0.06
    assert faults.fired() == [3]


@pytest.mark.parametrize(("order", "told"), [({}, 3200), ({"substatus": 7}, 7)])
def test_the_client_gives_up_after_nine_retries_of_429_and_knows_why(
    faults: FaultOrders, filled: ContainerProxy, order: dict[str, int], told: int
) -> None:
    faults.order("status", status=429, retry_after_ms=1, count=None, **order)
    with pytest.raises(CosmosHttpResponseError) as failure:
        CALLS["create"](filled)
    assert (failure.value.status_code, failure.value.sub_status) == (429, told)
    assert faults.fired() == [10]
    faults.clear()
    assert ids(filled) == ["a"]


def test_503_is_tried_once_more_for_reads_and_writes(
    faults: FaultOrders, filled: ContainerProxy
) -> None:
    for name in ("read", "create"):
        faults.clear()
        faults.order("status", status=503, operation=name)
        CALLS[name](filled)
        assert faults.fired() == [1]


def test_408_is_tried_once_more_for_reads_only(faults: FaultOrders, filled: ContainerProxy) -> None:
    faults.order("status", status=408, container=filled.id)
    CALLS["read"](filled)
    faults.order("status", status=408, container=filled.id)
    with pytest.raises(CosmosHttpResponseError) as failure:
        CALLS["create"](filled)
    assert failure.value.status_code == 408
    assert ids(filled) == ["a"]


@pytest.mark.parametrize("name", ["read", "patch", "batch"])
def test_449_is_the_callers_to_retry(
    faults: FaultOrders, filled: ContainerProxy, name: str
) -> None:
    faults.order("status", status=449, operation=name)
    with pytest.raises(CosmosHttpResponseError) as failure:
        CALLS[name](filled)
    assert failure.value.status_code == 449
    assert "x-ms-substatus" not in failure.value.headers
    CALLS[name](filled)


def test_a_reset_does_nothing_and_reads_are_tried_again(
    faults: FaultOrders, filled: ContainerProxy
) -> None:
    faults.order("reset", operation="create")
    with pytest.raises(ServiceResponseError):
        CALLS["create"](filled)
    assert ids(filled) == ["a"]
    faults.order("reset", operation="read", count=2)
    assert filled.read_item("a", "p")["n"] == 0
    assert faults.fired() == [1, 2]


@pytest.mark.parametrize("status", [None, 408])
def test_a_write_whose_reply_is_lost_has_happened(
    faults: FaultOrders, filled: ContainerProxy, status: int | None
) -> None:
    rule = {} if status is None else {"status": status}
    faults.order("lose_reply", operation="patch", **rule)
    with pytest.raises((ServiceResponseError, CosmosHttpResponseError)):
        CALLS["patch"](filled)
    assert filled.read_item("a", "p")["n"] == 1
    CALLS["patch"](filled)
    assert filled.read_item("a", "p")["n"] == 2


async def test_the_async_client_repeats_a_write_whose_reply_is_lost(
    faults: FaultOrders, filled: ContainerProxy, async_client: AsyncCosmosClient
) -> None:
    container = beside(async_client, filled)
    faults.order("lose_reply", operation="patch")
    await container.patch_item("a", "p", ADD_ONE)
    assert filled.read_item("a", "p")["n"] == 2
    faults.order("lose_reply", operation="create")
    with pytest.raises(CosmosResourceExistsError):
        await container.create_item({"id": "b", "pk": "p"})
    assert ids(filled) == ["a", "b"]


def test_a_lost_refusal_is_as_silent_as_a_lost_success(
    faults: FaultOrders, filled: ContainerProxy
) -> None:
    faults.order("lose_reply", operation="create")
    with pytest.raises(ServiceResponseError):
        filled.create_item({"id": "a", "pk": "p"})
    assert filled.read_item("a", "p")["n"] == 0


def test_a_delayed_answer_is_a_whole_one(faults: FaultOrders, filled: ContainerProxy) -> None:
    faults.order("delay", seconds=0.2, operation="read")
    started = time.monotonic()
    assert filled.read_item("a", "p")["id"] == "a"
    assert time.monotonic() - started >= 0.2


def test_requests_before_the_first_one_struck_are_let_through(
    faults: FaultOrders, filled: ContainerProxy
) -> None:
    faults.order("status", status=418, operation="upsert", after=2, count=2)
    statuses: list[int] = []
    for _ in range(6):
        try:
            CALLS["upsert"](filled)
            statuses.append(200)
        except CosmosHttpResponseError as error:
            assert error.status_code
            statuses.append(error.status_code)
    assert statuses == [200, 200, 418, 418, 200, 200]


def test_a_share_of_the_requests_is_struck_and_the_same_ones_again(
    faults: FaultOrders, filled: ContainerProxy
) -> None:
    def struck(seed: int) -> list[int]:
        faults.clear()
        faults.order("status", status=418, operation="read", probability=0.3, count=None, seed=seed)
        found: list[int] = []
        for at in range(200):
            try:
                CALLS["read"](filled)
            except CosmosHttpResponseError:
                found.append(at)
        return found

    first = struck(1)
    assert 40 <= len(first) <= 80
    assert struck(1) == first
    assert struck(2) != first


def test_only_the_container_and_the_agent_that_are_named_are_struck(
    faults: FaultOrders, filled: ContainerProxy
) -> None:
    faults.order("status", status=418, container="another", count=None)
    faults.order("status", status=418, user_agent="another/1", count=None)
    for call in CALLS.values():
        call(filled)
    assert faults.fired() == [0, 0]
    faults.order("status", status=418, user_agent="azsdk-python-cosmos")
    with pytest.raises(CosmosHttpResponseError):
        CALLS["query"](filled)


def test_the_first_rule_that_strikes_wins_and_spent_ones_say_so(
    faults: FaultOrders, filled: ContainerProxy
) -> None:
    faults.order("status", status=418, operation="read")
    faults.order("status", status=422, operation="read")
    statuses: list[int | None] = []
    for _ in range(2):
        with pytest.raises(CosmosHttpResponseError) as failure:
            CALLS["read"](filled)
        statuses.append(failure.value.status_code)
    assert statuses == [418, 422]
    assert [(rule["seen"], rule["spent"]) for rule in faults.list()] == [(1, True), (1, True)]
    assert CALLS["read"](filled)["id"] == "a"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"kind": "explode"}, "kind"),
        ({"kind": "reset", "count": 0}, "count"),
        ({"kind": "reset", "operation": "sproc"}, "operation"),
        ({"kind": "reset", "probabilty": 1}, "probabilty"),
        ({"kind": "status"}, "fault"),
        ({"kind": "reset", "status": 503}, "fault"),
        ({"kind": "delay"}, "fault"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_by_name(
    faults: FaultOrders, rule: dict[str, Any], field: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as failure:
        faults.order(**rule)
    with failure.value as answer:
        assert answer.code == 400
        assert field in answer.read().decode()
    assert faults.list() == []
