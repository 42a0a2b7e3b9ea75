"""Pages of a query while others write: what nobody touches comes once, and in its place."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.cosmos.conftest import MakeContainer

MIXED: list[Any] = [None, False, True, -1, 0, 2.5, "", "a", "ä", [], [1], {}, {"k": 1}]
COMPOSITE = [[{"path": "/v", "order": "ascending"}, {"path": "/w", "order": "descending"}]]
QUERIES = {
    "streaming": "SELECT c.id FROM c",
    "one key": "SELECT c.id FROM c ORDER BY c.v",
    "descending": "SELECT c.id FROM c ORDER BY c.v DESC",
    "two keys": "SELECT c.id FROM c ORDER BY c.v, c.w DESC",
    "bounded": "SELECT TOP 500 c.id FROM c ORDER BY c.v",
    "filtered": "SELECT c.id FROM c WHERE c.w >= 0 ORDER BY c.w OFFSET 0 LIMIT 500",
    "combinations": "SELECT c.id, x FROM c JOIN x IN c.many ORDER BY c.v DESC",
}
values = st.sampled_from(MIXED) | st.just(MIXED)  # the list stands for "has no such property"


def item(name: str, value: Any, at: int) -> dict[str, Any]:
    more = {} if value is MIXED else {"v": value}
    return {"id": name, "pk": "p", "w": at % 3, "many": ["x", "y"], **more}


def pages(container: ContainerProxy, text: str, size: int) -> Iterator[list[dict[str, Any]]]:
    found = container.query_items(text, partition_key="p", max_item_count=size)
    return map(list, found.by_page())


@pytest.fixture(scope="module")
def shared(make_container: MakeContainer) -> ContainerProxy:
    everything = {"includedPaths": [{"path": "/*"}], "compositeIndexes": COMPOSITE}
    return make_container("/pk", indexing_policy=everything)


@settings(max_examples=6)
@given(
    st.lists(values, min_size=4, max_size=12),
    st.lists(st.tuples(values, values), min_size=3, max_size=5),
    st.integers(1, 4),
)
@pytest.mark.parametrize("kind", sorted(QUERIES))
def test_untouched_items_come_once_and_in_order(
    shared: ContainerProxy,
    kind: str,
    still: list[Any],
    moving: list[tuple[Any, Any]],
    size: int,
) -> None:
    for found in list(shared.query_items("SELECT VALUE c.id FROM c", partition_key="p")):
        shared.delete_item(found, "p")
    for at, (before, _later) in enumerate(moving[:-1]):
        shared.create_item(item(f"moving-{at}", before, at))
    for at, value in enumerate(still):
        shared.create_item(item(f"still-{at}", value, at))
    text = QUERIES[kind]
    whole = list(shared.query_items(text, partition_key="p"))
    expected = [row for row in whole if row["id"].startswith("still")]

    rows: list[dict[str, Any]] = []
    writes = iter(enumerate(moving))
    for page in pages(shared, text, size):
        assert len(page) <= size
        rows += page
        for at, (_before, later) in [write for write in [next(writes, None)] if write]:
            if at == 1:
                shared.delete_item("moving-1", "p")
            else:
                shared.upsert_item(item(f"moving-{at}", later, at))
    assert [row for row in rows if row["id"].startswith("still")] == expected


def test_a_page_may_end_between_the_results_of_one_item(make_container: MakeContainer) -> None:
    container = make_container("/pk")
    for name in "ab":
        container.create_item({"id": name, "pk": "p", "v": 1, "many": [1, 2, 3]})
    for text in (
        "SELECT VALUE [c.id, x] FROM c JOIN x IN c.many",
        "SELECT VALUE [c.id, x] FROM c JOIN x IN c.many ORDER BY c.v",
        "SELECT TOP 5 VALUE [c.id, x] FROM c JOIN x IN c.many ORDER BY c.v DESC",
        "SELECT VALUE [c.id, x] FROM c JOIN x IN c.many OFFSET 1 LIMIT 4",
    ):
        whole: list[Any] = list(container.query_items(text, partition_key="p"))
        for size in (1, 2, 4):
            found: Any = pages(container, text, size)
            assert [row for page in found for row in page] == whole, (text, size)


def test_top_and_limit_count_results_not_rows(make_container: MakeContainer) -> None:
    container = make_container("/pk")
    for at in range(6):
        container.create_item({"id": str(at), "pk": "p", **({"v": at} if at % 2 else {})})
    for text, expected in (
        ("SELECT TOP 2 VALUE c.v FROM c", [1, 3]),
        ("SELECT TOP 2 VALUE c.v FROM c ORDER BY c.id DESC", [5, 3]),
        ("SELECT VALUE c.v FROM c ORDER BY c.id OFFSET 1 LIMIT 2", [3, 5]),
        ("SELECT DISTINCT TOP 2 VALUE c.v FROM c ORDER BY c.id", [1, 3]),
    ):
        found: Any = pages(container, text, 1)
        assert list(container.query_items(text, partition_key="p")) == expected, text
        assert [row for page in found for row in page] == expected, text


@pytest.mark.parametrize(
    "fields",
    [[], ["x"], ["{name}", 1, 1, [[9, 1]], 1], ["{name}", 1, 1, [[4, 1]], 1],
     ["{name}", 1, 1, [], 1], ["{name}", 1, 1, [[3, "x"]], 1], ["{name}", "1", 1, None, 0],
     ["{name}", 1, -(2**63), [[3, 1]], 1], ["other", 1, 1, None, 0], {}],
)  # fmt: skip
def test_a_token_that_was_tampered_with_is_refused(shared: ContainerProxy, fields: Any) -> None:
    text = "SELECT * FROM c ORDER BY c.v"
    for name in ("1", "2"):
        shared.upsert_item(item(f"still-{name}", 1, 1))
    first = shared.query_items(text, partition_key="p", max_item_count=1).by_page()
    next(first)
    token: str = first.continuation_token  # pyright: ignore[reportAttributeAccessIssue]  # a page iterator's
    name = json.loads(base64.b64decode(token))[0]
    forged = json.dumps(fields).replace("{name}", name).encode()
    for text_of_token in (base64.b64encode(forged).decode(), "no base64", "bm8ganNvbg=="):
        again = shared.query_items(text, partition_key="p", max_item_count=1)
        with pytest.raises(CosmosHttpResponseError, match="token") as failure:
            next(again.by_page(text_of_token))
        assert failure.value.status_code == 400
