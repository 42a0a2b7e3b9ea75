"""Which part of a container a query can concern, read from its WHERE clause.

`c.user_id = @u AND ...` on a container partitioned by /user_id, /thread_id needs no other
partition: the rows are then found through the index on the partition key.
"""

from local.cosmos.partition_key import PartitionKeyDefinition, key_of_header, prefix_range
from local.cosmos.policies import Path
from local.cosmos.sql import syntax
from local.cosmos.sql.scope import property_path
from local.cosmos.sql.sources import alias_of
from local.cosmos.storage.rows import Scope
from local.cosmos.values import Document, Json, write_json


def scope_of_query(
    select: syntax.Select, parameters: Document, definition: PartitionKeyDefinition
) -> Scope:
    """The smallest scope that the equalities of WHERE allow; the whole container if none does."""
    if select.where is None or not select.sources:
        return Scope()
    source = select.sources[0]
    if source.iterates or not isinstance(source.value, syntax.Name):
        return Scope()
    fixed = _equalities(select.where, alias_of(source), parameters)
    components: list[Json] = []
    for path in definition.paths:
        if path not in fixed:
            break
        components.append(fixed[path])
    if len(components) == len(definition.paths):
        return Scope(key=key_of_header(definition, write_json(components).decode()))
    if components and definition.hierarchical:
        return Scope(*prefix_range(definition, tuple(components)))
    return Scope()


def _equalities(node: syntax.Node, alias: str, parameters: Document) -> dict[Path, Json]:
    """The properties that must have one certain scalar value for the condition to hold."""
    if isinstance(node, syntax.Logical) and node.operator == "AND":
        found: dict[Path, Json] = {}
        for operand in node.operands:
            found |= _equalities(operand, alias, parameters)
        return found
    if not isinstance(node, syntax.Chain) or len(node.rest) != 1 or node.rest[0][0] != "=":
        return {}
    for left, right in ((node.first, node.rest[0][1]), (node.rest[0][1], node.first)):
        path = property_path(left)
        if path is None or path[0].name != alias:
            continue
        value = _literal(right, parameters)
        if isinstance(value, str | int | float | bool) or value is None:
            return {path[1]: value} if _is_literal(right, parameters) else {}
    return {}


def _is_literal(node: syntax.Node, parameters: Document) -> bool:
    return isinstance(node, syntax.Constant) or (
        isinstance(node, syntax.Parameter) and node.name in parameters
    )


def _literal(node: syntax.Node, parameters: Document) -> object:
    if isinstance(node, syntax.Parameter):
        return parameters.get(node.name)
    return node.value if isinstance(node, syntax.Constant) else None
