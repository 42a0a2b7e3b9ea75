from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosHttpResponseError,
    CosmosResourceNotFoundError,
)

BASE = {"id": "a", "pk": "p", "n": 1, "tags": ["x", "y"], "inner": {"k": "v"}}


def op(kind: str, path: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"op": kind, "path": path} | ({} if value is None else {"value": value}) | more


@pytest.mark.parametrize(
    ("operations", "changes"),
    [
        ([op("add", "/new", 5)], {"new": 5}),
        ([op("add", "/n", 5)], {"n": 5}),
        ([op("add", "/tags/-", "z")], {"tags": ["x", "y", "z"]}),
        ([op("add", "/tags/0", "z")], {"tags": ["z", "x", "y"]}),
        ([op("add", "/tags/2", "z")], {"tags": ["x", "y", "z"]}),
        ([op("set", "/tags/0", "z")], {"tags": ["z", "y"]}),
        ([op("set", "/tags/-", "z")], {"tags": ["x", "y", "z"]}),
        ([op("set", "/inner/k", {"w": 1})], {"inner": {"k": {"w": 1}}}),
        ([op("replace", "/inner/k", 3)], {"inner": {"k": 3}}),
        ([op("remove", "/tags/1")], {"tags": ["x"]}),
        ([op("incr", "/n", 4)], {"n": 5}),
        ([op("incr", "/n", -0.5)], {"n": 0.5}),
        ([op("incr", "/fresh", 4)], {"fresh": 4}),
        ([op("move", "/inner/moved", **{"from": "/n"})], {"inner": {"k": "v", "moved": 1}}),
        ([op("set", "/a", 1), op("incr", "/a", 1), op("set", "/b", 0)], {"a": 2, "b": 0}),
        ([op("set", "/a~1b", 1)], {"a/b": 1}),
        ([op("set", "/ttl", 60)], {"ttl": 60}),
    ],
)
def test_operations_change_what_they_name(
    container: ContainerProxy, operations: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    container.create_item(BASE)
    patched = container.patch_item("a", "p", operations)
    expected = BASE | changes
    if operations[0]["op"] == "move":
        del expected["n"]
    assert {name: value for name, value in patched.items() if name[0] != "_"} == expected
    assert container.read_item("a", "p") == patched


@pytest.mark.parametrize(
    "operations",
    [
        [op("replace", "/missing", 1)],
        [op("remove", "/missing")],
        [op("add", "/missing/inner", 1)],
        [op("add", "/tags/7", "z")],
        [op("incr", "/inner", 1)],
        [op("incr", "/n", "1")],
        [op("incr", "/tags/-", 1)],
        [op("set", "/n", 1e308), op("incr", "/n", 1e308)],
        [op("set", "/tags/" + "9" * 5000, "z")],
        [op("set", "/id", "b")],
        [op("set", "/pk", "b")],
        [op("set", "/_ts", 1)],
        [op("frobnicate", "/n", 1)],
        [op("move", "/x", **{"from": "/missing"})],
        [op("set", "/n", 9), op("remove", "/missing")],
        [op("set", f"/p{at}", at) for at in range(1, 12)],
        [],
    ],
)
def test_an_operation_that_does_not_fit_leaves_the_item_alone(
    container: ContainerProxy, operations: list[dict[str, Any]]
) -> None:
    created = container.create_item(BASE)
    with pytest.raises(CosmosHttpResponseError) as failure:
        container.patch_item("a", "p", operations)
    assert failure.value.status_code == 400
    assert container.read_item("a", "p") == created


def test_a_sum_beyond_64_bits_is_kept_as_a_double(container: ContainerProxy) -> None:
    container.create_item(BASE | {"n": 2**63 - 1})
    assert container.patch_item("a", "p", [op("incr", "/n", 2**63 - 1)])["n"] == 2.0**64


def test_a_condition_decides_whether_the_patch_applies(container: ContainerProxy) -> None:
    container.create_item(BASE)
    patch = [op("incr", "/n", 1)]
    assert container.patch_item("a", "p", patch, filter_predicate="from c where c.n = 1")["n"] == 2
    with pytest.raises(CosmosAccessConditionFailedError):
        container.patch_item("a", "p", patch, filter_predicate="FROM c WHERE c.n = 1")
    with pytest.raises(CosmosAccessConditionFailedError):
        container.patch_item("a", "p", patch, filter_predicate="FROM c WHERE c.nope > 1")
    assert container.read_item("a", "p")["n"] == 2


def test_a_condition_that_is_no_condition_is_refused(container: ContainerProxy) -> None:
    container.create_item(BASE)
    for text in ("c.n = 1", "FROM c WHERE", "FROM c WHERE NOSUCH(c.n)"):
        with pytest.raises(CosmosHttpResponseError) as failure:
            container.patch_item("a", "p", [op("incr", "/n", 1)], filter_predicate=text)
        assert failure.value.status_code == 400


def test_a_missing_item_cannot_be_patched(container: ContainerProxy) -> None:
    with pytest.raises(CosmosResourceNotFoundError):
        container.patch_item("a", "p", [op("set", "/n", 1)])
