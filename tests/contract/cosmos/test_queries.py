"""Queries with the rows that the documented semantics of the language give, sync and aio."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.conftest import Ask, MakeContainer
from tests.contract.cosmos.query_cases.functions import FUNCTIONS, UNDEFINED
from tests.contract.cosmos.query_cases.items import ITEMS
from tests.contract.cosmos.query_cases.refused import REFUSED
from tests.contract.cosmos.query_cases.select import SELECT
from tests.contract.cosmos.query_cases.where import WHERE

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def items(make_container: MakeContainer) -> ContainerProxy:
    container = make_container("/pk")
    for item in ITEMS:
        container.create_item(item | {"pk": "p"})
    container.create_item({"id": "elsewhere", "pk": "q", "n": 1000})
    return container


@pytest.mark.parametrize(("condition", "expected"), WHERE)
async def test_where_keeps_what_is_true(
    ask: Ask, items: ContainerProxy, condition: str, expected: str
) -> None:
    assert await ask(items, f"SELECT VALUE c.id FROM c WHERE {condition}") == list(expected)


@pytest.mark.parametrize(("text", "expected"), SELECT)
async def test_select_returns_the_documented_rows(
    ask: Ask, items: ContainerProxy, text: str, expected: list[Any]
) -> None:
    rows = await ask(items, text)
    assert rows == expected
    assert [type(row) for row in rows] == [type(row) for row in expected]


@pytest.mark.parametrize(("call", "expected"), FUNCTIONS)
async def test_functions_have_their_documented_values(
    ask: Ask, items: ContainerProxy, call: str, expected: object
) -> None:
    [found] = await ask(items, f"SELECT VALUE [{call}] FROM c WHERE c.id = 'a'")
    assert found == ([] if expected is UNDEFINED else [expected])
    assert [type(value) for value in found] == ([] if not found else [type(expected)])


async def test_the_star_returns_the_items_as_stored(ask: Ask, items: ContainerProxy) -> None:
    stored = items.read_item("a", "p")
    assert await ask(items, "SELECT * FROM c WHERE c.id = 'a'") == [stored]
    assert await ask(items, "SELECT VALUE c FROM c WHERE c.id = 'a'") == [stored]
    assert await ask(items, "SELECT c FROM c WHERE c.id = 'a'") == [{"c": stored}]


async def test_parameters_take_values_of_every_type(ask: Ask, items: ContainerProxy) -> None:
    text = "SELECT TOP @k VALUE c.id FROM c WHERE c.n = @n OR c.arr = @a OR c.o = @o"
    assert await ask(items, text, k=9, n=None, a=[], o={"x": 2}) == ["b", "f"]
    text = "SELECT VALUE c.id FROM c WHERE @flag ORDER BY c.id OFFSET @skip LIMIT @most"
    assert await ask(items, text, flag=True, skip=1, most=2) == ["b", "c"]
    assert await ask(items, text, flag=False, skip=0, most=9) == []
    text = "SELECT VALUE [c.o[@key], c.arr[@at]] FROM c WHERE c.id = 'a'"
    assert await ask(items, text, key="x", at=1) == [[1, 2]]
    text = "SELECT VALUE c.id FROM c WHERE CONTAINS(c.s, @part, @ignore)"
    assert await ask(items, text, part="AN", ignore=True) == ["b"]
    assert await ask(items, text, part="AN", ignore=False) == []


async def test_a_query_over_all_partitions_sees_them_all(ask: Ask, items: ContainerProxy) -> None:
    text = "SELECT VALUE c.id FROM c WHERE c.n = 1 OR c.n = 1000 ORDER BY c.n DESC"
    assert await ask(items, text, partition_key=None) == ["elsewhere", "a"]
    assert await ask(items, "SELECT VALUE COUNT(1) FROM c", partition_key=None) == [7]


@pytest.mark.parametrize(
    "text", ["SELECT SUM(c.n) + 1 AS s FROM c", "SELECT VALUE {'n': MAX(c.n)} FROM c"]
)
async def test_aggregates_stand_alone_in_a_query_over_several_partitions(
    ask: Ask, items: ContainerProxy, text: str
) -> None:
    with pytest.raises(CosmosHttpResponseError, match="Compositions of aggregates") as failure:
        await ask(items, text, partition_key=None)
    assert failure.value.status_code == 400
    assert len(await ask(items, text)) == 1


@pytest.mark.parametrize(("text", "message"), REFUSED)
async def test_what_is_not_understood_is_refused_by_name(
    ask: Ask, items: ContainerProxy, text: str, message: str
) -> None:
    with pytest.raises(CosmosHttpResponseError, match=message) as failure:
        await ask(items, text)
    assert failure.value.status_code == 400
