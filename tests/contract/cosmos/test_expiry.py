"""Time to live: an expired item is gone for everyone at once."""

import time
from collections.abc import Callable

import pytest
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from tests.contract.cosmos.conftest import MakeContainer


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def ids(container: ContainerProxy) -> list[str]:
    return [item["id"] for item in container.query_items("SELECT c.id FROM c", partition_key="p")]


def feed(container: ContainerProxy) -> list[str]:
    return [item["id"] for item in container.query_items_change_feed(start_time="Beginning")]


@pytest.mark.parametrize("default", [-1, 1000])
def test_an_item_with_a_ttl_disappears_from_everything(
    make_container: MakeContainer, default: int
) -> None:
    container = make_container("/pk", default_ttl=default)
    container.create_item({"id": "short", "pk": "p", "ttl": 1})
    container.create_item({"id": "stays", "pk": "p"})
    container.create_item({"id": "never", "pk": "p", "ttl": -1})
    assert ids(container) == feed(container) == ["short", "stays", "never"]
    wait_until(lambda: "short" not in ids(container))
    assert feed(container) == ["stays", "never"]
    with pytest.raises(CosmosResourceNotFoundError):
        container.read_item("short", "p")
    with pytest.raises(CosmosResourceNotFoundError):
        container.patch_item("short", "p", [{"op": "set", "path": "/n", "value": 1}])
    created = container.create_item({"id": "short", "pk": "p"})
    assert container.read_item("short", "p") == created


def test_the_container_default_ends_items_without_a_ttl(make_container: MakeContainer) -> None:
    container = make_container("/pk", default_ttl=1)
    container.create_item({"id": "plain", "pk": "p"})
    container.create_item({"id": "own", "pk": "p", "ttl": 1000})
    container.create_item({"id": "never", "pk": "p", "ttl": -1})
    wait_until(lambda: ids(container) == ["own", "never"])


def test_a_write_starts_the_time_again(make_container: MakeContainer) -> None:
    container = make_container("/pk", default_ttl=-1)
    container.create_item({"id": "a", "pk": "p", "ttl": 1})
    for _ in range(15):
        container.patch_item("a", "p", [{"op": "incr", "path": "/n", "value": 1}])
        time.sleep(0.1)  # the passing of time is what is tested
    assert container.read_item("a", "p")["n"] == 15


def test_the_ttl_of_an_item_means_nothing_where_the_container_has_none(
    make_container: MakeContainer, database: DatabaseProxy
) -> None:
    container = make_container("/pk")
    container.create_item({"id": "a", "pk": "p", "ttl": 1})
    time.sleep(1.1)  # the passing of time is what is tested
    assert ids(container) == ["a"]
    database.replace_container(container.id, PartitionKey(path="/pk"), default_ttl=-1)
    assert ids(container) == []
