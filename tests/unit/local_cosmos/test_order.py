"""ORDER BY across types: undefined, null, booleans, numbers, strings, arrays, objects."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.cosmos.sql.comparison import compare, equal, identity
from local.cosmos.values import UNDEFINED, Value
from tests.unit.local_cosmos.queries import run

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
    found = keys(run("SELECT * FROM c ORDER BY c.k", rows, indexed=frozenset({("k",)})))
    assert len(found) == len(rows)
    for left, right in itertools.pairwise(found):
        assert rank(left) <= rank(right)
        order = compare(left, right)
        assert order is None or order <= 0


@given(documents)
def test_descending_is_the_reverse_up_to_ties(rows: list[Any]) -> None:
    indexed = frozenset({("k",)})
    up = keys(run("SELECT * FROM c ORDER BY c.k ASC", rows, indexed=indexed))
    down = keys(run("SELECT * FROM c ORDER BY c.k DESC", rows, indexed=indexed))
    assert [identity(value) for value in up] == [identity(value) for value in down][::-1]


@given(documents)
def test_items_without_the_property_are_left_out_unless_its_path_is_indexed(
    rows: list[Any],
) -> None:
    found = run("SELECT * FROM c ORDER BY c.k", rows)
    assert len(found) == sum("k" in row for row in rows)


@given(documents)
def test_a_second_key_orders_what_the_first_leaves_equal(rows: list[Any]) -> None:
    found: Any = run("SELECT * FROM c ORDER BY c.j DESC, c.k ASC", rows)
    assert len(found) == len(rows)
    for left, right in itertools.pairwise(found):
        assert left.get("j", -1) >= right.get("j", -1)
        if left.get("j") == right.get("j"):
            first, second = left.get("k", UNDEFINED), right.get("k", UNDEFINED)
            assert rank(first) <= rank(second)
            order = compare(first, second)
            assert order is None or order <= 0


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
