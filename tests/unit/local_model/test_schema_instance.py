"""Whatever the schema, the answer fits it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.model.schema_instance import build_instance
from local.model.schema_scalars import UnsupportedSchemaError
from tests.unit.local_model.schema_check import find_violation

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


def objects_of(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
        lambda properties: {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    )


SCALARS = st.one_of(
    st.just({"type": "string"}),
    st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    st.just({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
    st.just({"type": ["string", "null"]}),
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({"type": "integer", "multipleOf": 5}),
    st.builds(
        lambda kind, low, more: {"type": kind, "minimum": low, "maximum": low + more},
        st.sampled_from(["integer", "number"]),
        st.integers(-9, 9),
        st.integers(0, 9),
    ),
    st.lists(st.sampled_from(["x", "y", 1, None]), min_size=1).map(lambda values: {"enum": values}),
    st.sampled_from(["x", 7, None]).map(lambda value: {"const": value}),
)
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        objects_of(inner),
        st.builds(
            lambda items, low, more: {
                "type": "array",
                "items": items,
                "minItems": low,
                "maxItems": low + more,
            },
            inner,
            st.integers(0, 2),
            st.integers(0, 3),
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches}),
    ),
    max_leaves=8,
)


@given(SCHEMAS)
def test_every_schema_has_a_smallest_instance(schema: dict[str, Any]) -> None:
    assert find_violation(build_instance(schema), schema, schema) is None


@given(SCHEMAS, VALUES)
def test_every_value_is_made_to_fit_every_schema(schema: dict[str, Any], value: Any) -> None:
    assert find_violation(build_instance(schema, value), schema, schema) is None


@given(VALUES)
def test_a_value_that_fits_stays_as_it_is(value: Any) -> None:
    assert build_instance({}, value) == value


def test_a_schema_may_refer_to_its_definitions_and_to_itself() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "label": {"$ref": "#/$defs/label"},
            "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
            "children": {"type": "array", "items": {"$ref": "#"}},
        },
        "required": ["label", "next", "children"],
        "additionalProperties": False,
        "$defs": {"label": {"type": "string", "minLength": 2}},
    }
    smallest = {"label": "xx", "next": None, "children": []}
    assert build_instance(schema) == smallest
    assert build_instance(schema, {"label": "ab", "next": {"label": "cd"}, "other": 1}) == {
        **smallest,
        "label": "ab",
        "next": {**smallest, "label": "cd"},
    }


def test_the_parts_of_all_of_apply_together() -> None:
    schema: dict[str, Any] = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]},
            {"properties": {"b": {"const": 1}}, "required": ["b"]},
        ]
    }
    assert build_instance(schema) == {"a": None, "b": 1}


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "string", "pattern": "^(foo){7}bar$"}, "pattern"),
        ({"type": "date"}, "date"),
        ({"$ref": "#/$defs/absent"}, "#/$defs/absent"),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "end"),
        ({"type": "array", "uniqueItems": True, "minItems": 3, "items": {}}, "uniqueItems"),
    ],
)
def test_a_schema_beyond_the_rules_is_refused_by_name(schema: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedSchemaError, match=named.replace("$", r"\$")):
        build_instance(schema)
