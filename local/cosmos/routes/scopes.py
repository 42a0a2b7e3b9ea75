"""Which part of a container a query or a feed request is about, as its headers say."""

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.partition_key import key_of_header, parse_components, prefix_range
from local.cosmos.routes.items import KEY_HEADER
from local.cosmos.storage.containers import Container
from local.cosmos.storage.ranges import PartitionRange
from local.cosmos.storage.rows import Scope
from local.cosmos.wire import Call

RANGE_HEADER = "x-ms-documentdb-partitionkeyrangeid"


def scope_of_call(container: Container, call: Call) -> Scope | None:
    """The intersection of key, EPK range and physical partition; None if no header names any."""
    parts: list[Scope] = []
    header = call.headers.get(KEY_HEADER)
    if header is not None:
        parts.append(_scope_of_key(container, header))
    start, end = call.headers.get("x-ms-start-epk"), call.headers.get("x-ms-end-epk")
    part = range_of_call(container, call)
    if start is not None and end is not None:
        span = Scope(start.upper(), end.upper())
        if part and not part.minimum <= span.minimum <= span.maximum <= part.maximum:
            raise _gone(f"Keys {start} to {end} are not all in partition key range '{part.id}'")
        parts.append(span)
    if part is not None:
        parts.append(Scope(part.minimum, part.maximum))
    if not parts:
        return None
    scope = parts[0]
    for other in parts[1:]:
        scope = scope.intersect(other)
    return scope


def _scope_of_key(container: Container, header: str) -> Scope:
    definition = container.key_definition
    components = parse_components(header)
    if definition.hierarchical and 0 < len(components) < len(definition.paths):
        return Scope(*prefix_range(definition, components))
    return Scope(key=key_of_header(definition, header))


def range_of_call(container: Container, call: Call) -> PartitionRange | None:
    """The physical partition that a request names, if it does.

    Raises:
        CosmosError: 410 with sub-status 1002, there is no such partition (any more).
    """
    named = call.headers.get(RANGE_HEADER)
    if named is None:
        return None
    name = named.rpartition(",")[2]  # clients may send "<container rid>,<range id>"
    for part in container.ranges:
        if part.id == name:
            return part
    raise _gone(f"Partition key range '{name}' is gone")


def _gone(what: str) -> CosmosError:
    """What makes clients read the partition key ranges again."""
    return CosmosError(410, f"{what}: read the ranges again.", 1002)


def require_scope(container: Container, call: Call) -> Scope:
    """The scope of a query; the whole container only with cross-partition queries enabled."""
    scope = scope_of_call(container, call)
    if scope is not None:
        return scope
    if not call.flag("x-ms-documentdb-query-enablecrosspartition"):
        raise bad_request(
            "Cross partition query is required but disabled: give a partition key or set "
            "x-ms-documentdb-query-enablecrosspartition to true."
        )
    return Scope()
