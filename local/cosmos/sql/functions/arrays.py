"""Array and object functions."""

from local.cosmos.sql.comparison import equal, whole_number
from local.cosmos.sql.functions.registry import scalar
from local.cosmos.values import UNDEFINED, Json, Undefined, Value


@scalar("ARRAY_LENGTH", 1)
def _array_length(array: Value) -> Value:
    return len(array) if isinstance(array, list) else UNDEFINED


@scalar("ARRAY_CONTAINS", 2, 3)
def _array_contains(array: Value, wanted: Value, partial: Value = False) -> Value:
    if not isinstance(array, list) or isinstance(wanted, Undefined):
        return UNDEFINED
    if not isinstance(partial, bool | Undefined):
        return UNDEFINED
    if partial is True and isinstance(wanted, dict):
        return any(_includes(entry, wanted) for entry in array)
    return any(equal(entry, wanted) for entry in array)


def _includes(entry: Json, wanted: dict[str, Json]) -> bool:
    """Whether an object has all wanted properties, each with exactly the wanted value."""
    return isinstance(entry, dict) and all(
        name in entry and equal(entry[name], value) for name, value in wanted.items()
    )


def _contained(array: list[Json], wanted: tuple[Value, ...]) -> list[bool | None]:
    """For each wanted value whether the array has it; None for an undefined one."""
    return [
        None if isinstance(value, Undefined) else any(equal(entry, value) for entry in array)
        for value in wanted
    ]


@scalar("ARRAY_CONTAINS_ANY", 2, None)
def _array_contains_any(array: Value, *wanted: Value) -> Value:
    if not isinstance(array, list):
        return UNDEFINED
    found = _contained(array, wanted)
    return True if True in found else UNDEFINED if None in found else False


@scalar("ARRAY_CONTAINS_ALL", 2, None)
def _array_contains_all(array: Value, *wanted: Value) -> Value:
    if not isinstance(array, list):
        return UNDEFINED
    found = _contained(array, wanted)
    return False if False in found else UNDEFINED if None in found else True


@scalar("ARRAY_CONCAT", 2, None)
def _array_concat(*arrays: Value) -> Value:
    joined: list[Json] = []
    for array in arrays:
        if not isinstance(array, list):
            return UNDEFINED
        joined += array
    return joined


@scalar("ARRAY_SLICE", 2, 3)
def _array_slice(array: Value, start: Value, *count: Value) -> Value:
    begin, size = whole_number(start), whole_number(count[0]) if count else 2**53
    if not isinstance(array, list) or begin is None or size is None:
        return UNDEFINED
    begin = max(0, begin + len(array)) if begin < 0 else begin
    return array[begin : begin + max(0, size)]


@scalar("SETUNION", 2)
def _set_union(left: Value, right: Value) -> Value:
    if not isinstance(left, list) or not isinstance(right, list):
        return UNDEFINED
    return _distinct(left + right)


@scalar("SETINTERSECT", 2)
def _set_intersect(left: Value, right: Value) -> Value:
    if not isinstance(left, list) or not isinstance(right, list):
        return UNDEFINED
    return _distinct([entry for entry in left if any(equal(entry, other) for other in right)])


def _distinct(entries: list[Json]) -> list[Json]:
    found: list[Json] = []
    for entry in entries:
        if not any(equal(entry, other) for other in found):
            found.append(entry)
    return found


@scalar("CHOOSE", 2, None)
def _choose(position: Value, *values: Value) -> Value:
    at = whole_number(position)
    return values[at - 1] if at is not None and 0 < at <= len(values) else UNDEFINED


@scalar("OBJECTTOARRAY", 1, 3)
def _object_to_array(value: Value, key: Value = "k", content: Value = "v") -> Value:
    if not isinstance(value, dict) or not isinstance(key, str) or not isinstance(content, str):
        return UNDEFINED
    return [{key: name, content: inner} for name, inner in value.items()]
