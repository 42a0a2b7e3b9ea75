"""Queries over documents in memory, without a server."""

from typing import Any

from local.cosmos.indexing import EVERYTHING, IndexPolicy
from local.cosmos.sql import calls, conditions, subqueries
from local.cosmos.sql.parser import parse_query
from local.cosmos.sql.scope import ROOT_SLOT, Compilation, Scope
from local.cosmos.sql.select import compile_select
from local.cosmos.values import UNDEFINED, Document, Value

__all__ = ["calls", "conditions", "run", "subqueries"]


def run(
    text: str,
    documents: list[Document],
    *,
    index: IndexPolicy = EVERYTHING,
    **parameters: Any,
) -> list[Value]:
    compilation = Compilation({f"@{name}": value for name, value in parameters.items()})
    plan = compile_select(parse_query(text), Scope(compilation, {}), root=True, index=index)

    def rows() -> Any:
        for document in documents:
            env: list[Value] = [UNDEFINED] * compilation.size
            env[ROOT_SLOT] = document
            yield from plan.matches(env)

    arranged = plan.arrange(rows(), compilation.size)
    return plan.cut([value for env in arranged if (value := plan.project(env)) is not UNDEFINED])
