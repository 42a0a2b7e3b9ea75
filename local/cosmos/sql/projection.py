"""What SELECT makes of a row."""

from local.cosmos.sql import syntax
from local.cosmos.sql.expressions import compile_expression, object_builder
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.scope import ROOT_SLOT, Evaluate, Scope, property_path
from local.cosmos.sql.sources import BoundSource


def compile_projection(select: syntax.Select, scope: Scope, sources: list[BoundSource]) -> Evaluate:
    """Compile the select list, VALUE or the star.

    Raises:
        CosmosError: 400, a star over several sources or a name given twice.
    """
    kind, items = select.projection.kind, select.projection.items
    if kind == "all":
        if len(sources) != 1:
            raise query_error("'SELECT *' is only valid with a single input set", select.position)
        slot = sources[0].slot
        return lambda env: env[slot]
    if kind == "value":
        return compile_expression(items[0].expression, scope)
    entries: list[tuple[str, Evaluate]] = []
    unnamed = 0
    for item in items:
        name = item.alias or _natural_name(item.expression)
        if name is None:
            unnamed += 1
            name = f"${unnamed}"
        if any(name == taken for taken, _ in entries):
            position = item.expression.position
            raise query_error(f"The select list has the name '{name}' twice", position)
        entries.append((name, compile_expression(item.expression, scope)))
    return object_builder(entries)


def _natural_name(node: syntax.Node) -> str | None:
    return node.name if isinstance(node, syntax.Member | syntax.Name) else None


def is_whole_item(select: syntax.Select, scope: Scope, sources: list[BoundSource]) -> bool:
    """Whether the results are the items themselves, as they are stored."""
    kind, items = select.projection.kind, select.projection.items
    if kind == "all":
        return len(sources) == 1 and sources[0].slot == ROOT_SLOT
    node = items[0].expression
    named = isinstance(node, syntax.Name) and scope.aliases.get(node.name) == ROOT_SLOT
    return kind == "value" and named


def is_always_defined(select: syntax.Select, scope: Scope) -> bool:
    """Whether every row is sure to have a result: an object, an array, an item or its id."""
    if select.projection.kind != "value":
        return True
    node = select.projection.items[0].expression
    if isinstance(node, syntax.ObjectLiteral | syntax.ArrayLiteral):
        return True
    path = property_path(node)
    at_root = path is not None and scope.aliases.get(path[0].name) == ROOT_SLOT
    return at_root and path is not None and path[1] in ((), ("id",))
