"""Comparing and ordering values of all types, and the indexes that ORDER BY needs; sync and aio."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.conftest import Ask, MakeContainer

pytestmark = pytest.mark.asyncio(loop_scope="session")

# In the order of ORDER BY; within a type by value, texts by code point.
VALUES: dict[str, Any] = {
    "null": None, "false": False, "true": True, "minus": -1.5, "zero": 0, "big": 1e300,
    "empty": "", "Z": "Z", "a": "a", "a2": "a\u0301", "umlaut": "ä", "emoji": "\U0001f600",
    "list": [], "list1": [3, 1], "object": {}, "object1": {"x": 1, "y": 2},
}  # fmt: skip
NAMES = ["missing", *VALUES]
SCALARS = {
    "null": "null", **dict.fromkeys(("false", "true"), "boolean"),
    **dict.fromkeys(("minus", "zero", "big"), "number"),
    **dict.fromkeys(("empty", "Z", "a", "a2", "umlaut", "emoji"), "text"),
}  # fmt: skip


@pytest.fixture(scope="module")
def values(make_container: MakeContainer) -> ContainerProxy:
    container = make_container("/pk")
    shuffled = sorted(NAMES, key=lambda name: name[::-1])
    for name in shuffled:
        more = {"v": VALUES[name]} if name in VALUES else {}
        container.create_item({"id": name, "pk": "p", **more})
    return container


async def test_order_by_goes_through_the_types(ask: Ask, values: ContainerProxy) -> None:
    up = await ask(values, "SELECT VALUE c.id FROM c ORDER BY c.v")
    down = await ask(values, "SELECT VALUE c.id FROM c ORDER BY c.v DESC")
    lists, objects = {"list", "list1"}, {"object", "object1"}
    assert up[:-4] == NAMES[:-4]
    assert (set(up[-4:-2]), set(up[-2:])) == (lists, objects)
    assert down == up[::-1]


@pytest.mark.parametrize("name", VALUES)
async def test_equality_between_types_is_false_and_undefined_only_without_a_value(
    ask: Ask, values: ContainerProxy, name: str
) -> None:
    text = "SELECT c.id, c.v = @v AS same, c.v != @v AS other, c.v IN (@v, 'none') AS among FROM c"
    rows = {row.pop("id"): row for row in await ask(values, text, v=VALUES[name])}
    assert rows.pop("missing") == {}
    assert rows.pop(name) == {"same": True, "other": False, "among": True}
    assert len(rows) == len(VALUES) - 1
    assert all(row == {"same": False, "other": True, "among": False} for row in rows.values())


@pytest.mark.parametrize("name", SCALARS)
async def test_less_and_greater_are_defined_within_a_scalar_type_alone(
    ask: Ask, values: ContainerProxy, name: str
) -> None:
    text = "SELECT c.id, c.v < @v AS less, c.v >= @v AS more FROM c"
    for row in await ask(values, text, v=VALUES[name]):
        other = row.pop("id")
        if SCALARS.get(other) != SCALARS[name]:
            assert row == {}, other
        else:
            less = NAMES.index(other) < NAMES.index(name)
            assert row == {"less": less, "more": not less}, other


@pytest.mark.parametrize("name", ["list1", "object1"])
async def test_arrays_and_objects_are_equal_by_content_and_have_no_order(
    ask: Ask, values: ContainerProxy, name: str
) -> None:
    [row] = await ask(values, "SELECT c.v < c.v AS less, c.v <= c.v AS most, c.v = c.v AS same"
                              " FROM c WHERE c.id = @id", id=name)  # fmt: skip
    assert row == {"same": True}
    turned: Any = {"y": 2, "x": 1} if name == "object1" else [1, 3]
    same = await ask(values, "SELECT VALUE c.v = @v FROM c WHERE c.id = @id", id=name, v=turned)
    assert same == [name == "object1"]


def composite(*keys: tuple[str, str]) -> list[dict[str, str]]:
    return [{"path": f"/{name}", "order": order} for name, order in keys]


NAME_AGE = composite(("name", "ascending"), ("age", "ascending"))
NAME_AGE_TIME = composite(("name", "ascending"), ("age", "ascending"), ("time", "ascending"))
MIXED = composite(("name", "descending"), ("o/age", "ascending"))


@pytest.mark.parametrize(
    ("index", "keys", "served"),
    [  # the first six are the table of "Indexing policies", ORDER BY on multiple properties
        (NAME_AGE, "c.name ASC, c.age ASC", True),
        (NAME_AGE, "c.age ASC, c.name ASC", False),
        (NAME_AGE, "c.name DESC, c.age DESC", True),
        (NAME_AGE, "c.name ASC, c.age DESC", False),
        (NAME_AGE_TIME, "c.name ASC, c.age ASC, c.time ASC", True),
        (NAME_AGE_TIME, "c.name ASC, c.age ASC", False),
        (NAME_AGE, "c.name, c.age, c.time", False),
        (NAME_AGE, "c.name, c.name", False),
        (NAME_AGE, "c['name'], c['age']", True),
        (MIXED, "c.name DESC, c.o.age", True),
        (MIXED, "c.name, c.o.age DESC", True),
        (MIXED, "c.name, c.o.age", False),
        (MIXED, "c.name, c.age", False),
    ],
)
async def test_several_keys_need_their_composite_index(
    ask: Ask,
    make_container: MakeContainer,
    index: list[dict[str, str]],
    keys: str,
    served: bool,
) -> None:
    policy = {"includedPaths": [{"path": "/*"}], "compositeIndexes": [index]}
    container = make_container("/pk", indexing_policy=policy)
    container.create_item({"id": "1", "pk": "p", "name": "n"})
    text = f"SELECT VALUE c.id FROM c WHERE c.pk = 'p' ORDER BY {keys}"
    if served:
        assert await ask(container, text) == ["1"]
        return
    with pytest.raises(CosmosHttpResponseError, match="composite index") as failure:
        await ask(container, text)
    assert failure.value.status_code == 400


async def test_of_several_keys_the_missing_ones_come_first(
    ask: Ask, make_container: MakeContainer
) -> None:
    policy = {"includedPaths": [{"path": "/*"}], "compositeIndexes": [NAME_AGE]}
    container = make_container("/pk", indexing_policy=policy)
    documents: dict[str, dict[str, Any]] = {
        "both": {"name": 1, "age": 1}, "list": {"name": 1, "age": [9]}, "name": {"name": 1},
        "null": {"name": None}, "age": {"age": 1}, "none": {},
    }  # fmt: skip
    for name, document in documents.items():
        container.create_item({"id": name, "pk": "p", **document})
    up = await ask(container, "SELECT VALUE c.id FROM c ORDER BY c.name, c.age")
    assert up == ["none", "age", "null", "list", "name", "both"]
    down = await ask(container, "SELECT VALUE c.id FROM c ORDER BY c.name DESC, c.age DESC")
    assert down == up[::-1]


EVERYTHING = [{"path": "/*"}]


@pytest.mark.parametrize(
    ("policy", "served", "refused"),
    [
        ({"includedPaths": EVERYTHING, "excludedPaths": [{"path": "/a/*"}]},
         ["c.b", "c.id", "c._ts"], ["c.a", "c.a.b"]),
        ({"includedPaths": EVERYTHING, "excludedPaths": [{"path": "/a/?"}]}, ["c.a.b"], ["c.a"]),
        ({"includedPaths": [{"path": "/a/b/?"}], "excludedPaths": EVERYTHING},
         ["c.a.b", "c.id", "c._ts"], ["c.a", "c.b", "c.a.c"]),
        ({"includedPaths": [*EVERYTHING, {"path": "/a/b/*"}], "excludedPaths": [{"path": "/a/*"}]},
         ["c.a.b", "c.a.b.c", "c.x"], ["c.a", "c.a.x"]),
        ({"includedPaths": EVERYTHING, "excludedPaths": [{"path": '/"a b"/?'}]},
         ["c.a"], ["c['a b']"]),
        ({"includedPaths": EVERYTHING, "excludedPaths": [{"path": '/"_etag"/?'}]},
         ["c._self"], ["c._etag"]),
        ({"indexingMode": "none", "automatic": False}, [], ["c.a", "c.id"]),
    ],
)  # fmt: skip
async def test_the_more_precise_path_decides_what_can_be_ordered_by(
    ask: Ask,
    make_container: MakeContainer,
    policy: dict[str, Any],
    served: list[str],
    refused: list[str],
) -> None:
    container = make_container("/pk", indexing_policy=policy)
    container.create_item({"id": "1", "pk": "p", "a": 1})
    for key in served:
        assert await ask(container, f"SELECT VALUE c.id FROM c ORDER BY {key}") == ["1"], key
    for key in refused:
        with pytest.raises(CosmosHttpResponseError, match="order-by item is excluded") as failure:
            await ask(container, f"SELECT VALUE c.id FROM c ORDER BY {key} DESC")
        assert failure.value.status_code == 400
    assert await ask(container, "SELECT VALUE c.id FROM c WHERE c.a = 1") == ["1"]


@pytest.mark.parametrize(
    "policy",
    [
        {"includedPaths": "/*"},
        {"excludedPaths": [{"path": 1}]},
        {"includedPaths": [{"path": "a"}]},
        {"compositeIndexes": [composite(("a", "ascending"))]},
        {"compositeIndexes": [composite(("a", "up"), ("b", "ascending"))]},
        {"compositeIndexes": [composite(("a/*", "ascending"), ("b", "ascending"))]},
    ],
)
async def test_a_malformed_indexing_policy_is_refused_when_the_container_is_made(
    make_container: MakeContainer, policy: dict[str, Any]
) -> None:
    with pytest.raises(CosmosHttpResponseError) as failure:
        make_container("/pk", indexing_policy=policy)
    assert failure.value.status_code == 400
