"""A query compiled for a container: its plan, where its rows are, and what it needs of them."""

from dataclasses import dataclass

from local.cosmos.execution.routing import scope_of_query
from local.cosmos.indexing import EVERYTHING, parse_index_policy
from local.cosmos.sql.fullness import FullItemUse, full_item_use
from local.cosmos.sql.grouping import composed_aggregate
from local.cosmos.sql.parser import parse_query, query_error
from local.cosmos.sql.scope import Compilation, Scope, ScoreRequest
from local.cosmos.sql.select import Plan, compile_select
from local.cosmos.storage import rows
from local.cosmos.storage.containers import Container
from local.cosmos.values import Document


@dataclass(frozen=True)
class CompiledQuery:
    """Everything that is known before the first row is looked at.

    Scores are computed for many rows at once: before WHERE if it (or a JOIN) needs them, else for
    the rows that it left.
    """

    container: Container
    plan: Plan
    size: int
    scope: rows.Scope
    has_from: bool
    use: FullItemUse
    scores: list[ScoreRequest]
    scores_first: bool


def compile_query(
    container: Container, text: str, parameters: Document, scope: rows.Scope
) -> CompiledQuery:
    """Compile a query about a part of a container.

    Raises:
        CosmosError: 400, the query is not valid.
    """
    select = parse_query(text)
    compilation = Compilation(parameters, container.vectors)
    composed = composed_aggregate(select)
    if composed is not None and scope.key is None:
        raise query_error(
            "Compositions of aggregates and other expressions are not allowed in a query over "
            "several partitions",
            composed.position,
        )
    index = parse_index_policy(container.properties) if select.order_by else EVERYTHING
    plan = compile_select(select, Scope(compilation, {}), root=True, index=index)
    use = full_item_use(select, container.vectors)
    routed = scope_of_query(select, parameters, container.key_definition)
    return CompiledQuery(
        container=container,
        plan=plan,
        size=compilation.size,
        scope=scope.intersect(routed),
        has_from=bool(select.sources),
        use=use,
        scores=compilation.scores,
        scores_first=use.scores_in_filter or len(select.sources) > 1,
    )
