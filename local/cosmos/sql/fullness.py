"""Which parts of a query look at an item's vectors other than through VectorDistance.

Items are kept in memory without their vectors; only a part that needs them pays for the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from local.cosmos.policies import Path, VectorPolicy
from local.cosmos.sql import syntax
from local.cosmos.sql.calls import is_constant
from local.cosmos.sql.scope import property_path


@dataclass(frozen=True)
class FullItemUse:
    """Whether finding and ordering the rows, or projecting them, needs the whole item."""

    rows: bool
    projection: bool
    scores_in_filter: bool


def full_item_use(select: syntax.Select, policies: Iterable[VectorPolicy]) -> FullItemUse:
    """Look through a query; without vectors nothing is left out of the items anyway."""
    paths = [policy.path for policy in policies]
    filters = [node for node in (select.where,) if node is not None]
    filters += [
        source.value
        for source in select.sources
        if isinstance(source.value, syntax.Node) and not _is_plain_root(source, select)
    ]
    ordering = [*select.group_by, *(item.expression for item in select.order_by)]
    inner = [
        node
        for source in select.sources
        if isinstance(source.value, syntax.Select)
        for node in syntax.inner_nodes(source.value)
    ]
    rows = [*filters, *ordering, *inner]
    projected = [item.expression for item in select.projection.items]
    if select.group_by or select.projection.kind == "all":
        rows += projected if select.group_by else []
    return FullItemUse(
        rows=bool(paths) and any(_looks(node, paths) for node in rows + _aggregated(projected)),
        projection=bool(paths)
        and (select.projection.kind == "all" or any(_looks(node, paths) for node in projected)),
        scores_in_filter=any(_has_distance(node) for node in [*filters, *inner]),
    )


def _is_plain_root(source: syntax.Source, select: syntax.Select) -> bool:
    first = source is select.sources[0]
    return first and isinstance(source.value, syntax.Name) and not source.iterates


def _aggregated(nodes: list[syntax.Node]) -> list[syntax.Node]:
    """The expressions inside aggregates: they are computed from rows, not from results."""
    found: list[syntax.Node] = []
    for node in nodes:
        if isinstance(node, syntax.Call) and node.name in ("COUNT", "SUM", "MIN", "MAX", "AVG"):
            found += node.arguments
        found += _aggregated(list(syntax.children(node)))
    return found


def _looks(node: syntax.Node, paths: list[Path]) -> bool:
    path = property_path(node)
    if path is not None:
        return any(_overlap(path[1], vector) for vector in paths)
    if isinstance(node, syntax.Call) and _is_batched(node, paths):
        return False
    if isinstance(node, syntax.Subquery):
        return any(_looks(inner, paths) for inner in syntax.inner_nodes(node))
    return any(_looks(child, paths) for child in syntax.children(node))


def _is_batched(node: syntax.Call, paths: list[Path]) -> bool:
    """Whether it compares a vector of the policy with a constant: then the item is not needed."""
    if node.name != "VECTORDISTANCE":
        return False
    found = [property_path(part) for part in node.arguments[:2]]
    vectors = sum(path is not None and path[1] in paths for path in found)
    return vectors == 1 and sum(is_constant(part) for part in node.arguments[:2]) == 1


def _overlap(path: Path, vector: Path) -> bool:
    shorter = min(len(path), len(vector))
    return path[:shorter] == vector[:shorter]


def _has_distance(node: syntax.Node) -> bool:
    if isinstance(node, syntax.Call) and node.name == "VECTORDISTANCE":
        return True
    return any(_has_distance(inner) for inner in syntax.inner_nodes(node))
