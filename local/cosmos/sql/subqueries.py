"""Queries inside queries: scalar ones, EXISTS, ARRAY and those of FROM."""

from typing import TYPE_CHECKING

from local.cosmos.sql import syntax
from local.cosmos.sql.expressions import COMPILERS
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.scope import Environment, Evaluate, Scope
from local.cosmos.values import UNDEFINED, Json, Undefined, Value

if TYPE_CHECKING:
    from local.cosmos.sql.select import Plan


def _compile(select: syntax.Select, scope: Scope) -> "Plan":
    # A query's sources may be queries again, so the two modules need each other.
    from local.cosmos.sql.select import compile_select

    return compile_select(select, scope, root=False)


def compile_rows(select: syntax.Select, scope: Scope) -> Evaluate:
    """A query whose results are the elements of an array."""
    plan = _compile(select, scope)

    def evaluate(env: Environment) -> Value:
        values = plan.values(env)
        found: list[Json] = [value for value in values if not isinstance(value, Undefined)]
        return found

    return evaluate


def compile_subquery(node: syntax.Node, scope: Scope) -> Evaluate:
    """A query as an expression. A scalar one is undefined without a result, and has one at most."""
    assert isinstance(node, syntax.Subquery)
    if node.kind == "ARRAY":
        return compile_rows(node.select, scope)
    plan = _compile(node.select, scope)
    if node.kind == "EXISTS":
        return lambda env: bool(plan.values(env))

    def first(env: Environment) -> Value:
        values = plan.values(env)
        if len(values) > 1:
            raise query_error(
                "The cardinality of a scalar subquery result set cannot be greater than one",
                node.position,
            )
        return values[0] if values else UNDEFINED

    return first


COMPILERS[syntax.Subquery] = compile_subquery
