"""Queries over a few documents that are no items of a container: the resources of the account."""

from collections.abc import Iterator

from local.cosmos.sql.comparison import has_infinity
from local.cosmos.sql.matching import limited_matching
from local.cosmos.sql.parser import parse_query, query_error
from local.cosmos.sql.scope import ROOT_SLOT, Compilation, Environment, Scope
from local.cosmos.sql.select import compile_select, distinct_values
from local.cosmos.values import UNDEFINED, Document, Value


def query_resources(text: str, parameters: Document, resources: list[Document]) -> list[Value]:
    """All results of a query.

    Raises:
        CosmosError: 400, the query is not valid.
    """
    select = parse_query(text)
    compilation = Compilation(parameters)
    plan = compile_select(select, Scope(compilation, {}), root=True)
    if plan.rank:
        raise query_error("ORDER BY RANK is not supported here", select.position)

    def matches() -> Iterator[Environment]:
        for resource in resources:
            env: Environment = [UNDEFINED] * compilation.size
            env[ROOT_SLOT] = resource
            yield from plan.matches(env)

    with limited_matching():
        rows = plan.arrange(matches(), compilation.size)
        results = [value for row in rows if (value := plan.project(row)) is not UNDEFINED]
    if any(map(has_infinity, results)):
        raise query_error("A result is a number that JSON does not have", select.position)
    return plan.cut(distinct_values(results) if plan.distinct else results)
