"""ORDER BY across types: undefined, null, booleans, numbers, strings, arrays, objects."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.cosmos.indexing import parse_index_policy
from local.cosmos.sql.comparison import compare, equal, identity
from local.cosmos.values import UNDEFINED, Value
from tests.unit.local_cosmos.queries import run

COMPOSITE = parse_index_policy(
    {
        "indexingPolicy": {
            "includedPaths": [{"path": "/*"}],
            "compositeIndexes": [[{"path": "/j", "order": "descending"}, {"path": "/k"}]],
        }
    }
)

numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
documents = st.lists(
    st.fixed_dictionaries({}, optional={"k": values, "j": st.integers(0, 2)}), max_size=12
)

RANKS = (type(UNDEFINED), type(None), bool, (int, float), str, list, dict)


def rank(value: Value) -> int:
    return next(at for at, kind in enumerate(RANKS) if isinstance(value, kind))


def keys(rows: list[Any]) -> list[Value]:
    return [row.get("k", UNDEFINED) for row in rows]


@given(documents)
def test_types_come_in_their_order_and_values_within_a_type(rows: list[Any]) -> None:
    found = keys(run("SELECT * FROM c ORDER BY c.k", rows))
    assert len(found) == len(rows)
    for left, right in itertools.pairwise(found):
        assert rank(left) <= rank(right)
        order = compare(left, right)
        assert order is None or order <= 0


@given(documents)
def test_descending_is_the_exact_reverse(rows: list[Any]) -> None:
    numbered = [{**row, "at": at} for at, row in enumerate(rows)]
    up = run("SELECT VALUE c.at FROM c ORDER BY c.k ASC", numbered)
    down = run("SELECT VALUE c.at FROM c ORDER BY c.k DESC", numbered)
    assert up == down[::-1]
    both = run("SELECT VALUE c.at FROM c ORDER BY c.j DESC, c.k ASC", numbered, index=COMPOSITE)
    opposite = run("SELECT VALUE c.at FROM c ORDER BY c.j, c.k DESC", numbered, index=COMPOSITE)
    assert both == opposite[::-1]


@given(documents, st.integers(0, 12))
def test_a_few_are_the_first_of_all(rows: list[Any], few: int) -> None:
    for direction in ("ASC", "DESC"):
        everything = run(f"SELECT * FROM c ORDER BY c.k {direction}", rows)
        found = run(f"SELECT TOP {few} * FROM c ORDER BY c.k {direction}", rows)
        assert found == everything[:few]


@given(documents)
def test_a_second_key_orders_what_the_first_leaves_equal(rows: list[Any]) -> None:
    found: Any = run("SELECT * FROM c ORDER BY c.j DESC, c.k ASC", rows, index=COMPOSITE)
    assert len(found) == len(rows)
    for left, right in itertools.pairwise(found):
        assert left.get("j", -1) >= right.get("j", -1)
        if left.get("j") == right.get("j"):
            first, second = scalar(left), scalar(right)
            assert rank(first) <= rank(second)
            order = compare(first, second)
            assert order is None or order <= 0


def scalar(row: dict[str, Any]) -> Value:
    """In a composite index an array or an object is undefined."""
    value = row.get("k", UNDEFINED)
    return UNDEFINED if isinstance(value, list | dict) else value


@given(values, values)
def test_equal_values_have_one_identity_and_others_another(left: Any, right: Any) -> None:
    assert equal(left, left)
    assert equal(left, right) == equal(right, left)
    assert equal(left, right) == (identity(left) == identity(right))


@given(scalars, scalars)
def test_less_than_is_defined_between_scalars_of_one_type_only(left: Any, right: Any) -> None:
    (result,) = run("SELECT VALUE [@l < @r, @l >= @r]", [{}], l=left, r=right)
    if rank(left) == rank(right):
        assert isinstance(result, list)
        assert result[0] != result[1]
    else:
        assert result == []
