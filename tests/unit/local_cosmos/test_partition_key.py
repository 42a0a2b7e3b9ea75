"""The hash of partition keys must be the client's, bit for bit."""

from typing import Any

import pytest
from azure.cosmos.partition_key import NonePartitionKeyValue, PartitionKey
from hypothesis import example, given
from hypothesis import strategies as st

from local.cosmos.errors import CosmosError
from local.cosmos.partition_key import (
    effective_key,
    key_of_document,
    key_of_header,
    parse_definition,
    prefix_range,
)
from local.cosmos.storage.rows import Scope
from local.cosmos.values import write_json

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=200)
)
HASH = parse_definition({"paths": ["/a"], "kind": "Hash", "version": 2})
MULTI = parse_definition({"paths": ["/a", "/b", "/c"], "kind": "MultiHash", "version": 2})


@given(scalars)
@example(-0.0)
def test_a_single_key_hashes_as_the_client_hashes_it(value: Any) -> None:
    theirs = PartitionKey(path="/a")._get_effective_partition_key_string([value])
    assert effective_key(HASH, (value,)) == theirs


@given(st.lists(scalars, min_size=1, max_size=2))
def test_a_prefix_covers_what_the_client_asks_for(values: list[Any]) -> None:
    theirs = PartitionKey(path=["/a", "/b", "/c"])._get_epk_range_for_prefix_partition_key(values)
    assert prefix_range(MULTI, tuple(values)) == (theirs.min, theirs.max)


@given(st.lists(scalars, min_size=3, max_size=3))
def test_a_key_lies_within_its_prefixes_and_hashes_alike_from_document_and_header(
    values: list[Any],
) -> None:
    key = key_of_header(MULTI, write_json(values).decode())
    document = dict(zip("abc", values, strict=True))
    assert key_of_document(MULTI, document) == key
    for length in (1, 2):
        assert Scope(*prefix_range(MULTI, tuple(values[:length]))).contains(key)


def test_minus_zero_is_another_key_than_zero_as_for_the_client() -> None:
    assert key_of_document(HASH, {"a": -0.0}) == key_of_header(HASH, "[-0.0]")
    assert key_of_document(HASH, {"a": -0.0}) != key_of_document(HASH, {"a": 0})
    assert key_of_document(HASH, {"a": 0.0}) == key_of_header(HASH, "[0]")


def test_an_absent_component_hashes_as_the_client_hashes_it() -> None:
    theirs = PartitionKey(path="/a")._get_effective_partition_key_string([NonePartitionKeyValue])
    assert key_of_document(HASH, {}).epk == theirs
    assert key_of_document(HASH, {}) == key_of_header(HASH, "[{}]") == key_of_header(HASH, "[]")
    assert key_of_document(HASH, {}) != key_of_document(HASH, {"a": None})


@pytest.mark.parametrize("header", ["", "x", "{}", '["a"]', "[[1],2,3]", '[{"a":1},2,3]'])
def test_a_malformed_header_is_refused(header: str) -> None:
    with pytest.raises(CosmosError) as failure:
        key_of_header(MULTI, header)
    assert failure.value.status == 400
