"""A compiled query: which rows it has, in which order, and what is made of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local.cosmos.indexing import EVERYTHING, IndexPolicy
from local.cosmos.sql import syntax
from local.cosmos.sql.comparison import identity
from local.cosmos.sql.expressions import compile_expression
from local.cosmos.sql.grouping import Grouping, find_aggregates
from local.cosmos.sql.ordering import OrderKey, compile_order, sort_rows
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.projection import (
    compile_projection,
    is_always_defined,
    is_whole_item,
)
from local.cosmos.sql.ranking import Component, compile_rank, rank_rows
from local.cosmos.sql.scope import Environment, Evaluate, Scope
from local.cosmos.sql.sources import BoundSource, bind_sources, expand
from local.cosmos.values import Undefined, Value

_LARGEST_COUNT = 2**31 - 1


@dataclass(frozen=True)
class Plan:
    """Everything about a query that does not depend on the rows.

    One that computes may have results that no stored item can have: infinite numbers. One that is
    not always defined may have fewer results than rows.
    """

    sources: list[BoundSource]
    where: Evaluate | None
    grouping: Grouping | None
    order: list[OrderKey]
    rank: list[Component]
    project: Evaluate
    projects_root: bool
    always_defined: bool
    computes: bool
    distinct: bool
    offset: int
    take: int | None

    @property
    def streams(self) -> bool:
        """Whether each row stands for itself, so that pages can follow the order of storage."""
        bounded = self.take is not None or self.offset or self.distinct
        return not (self.grouping or self.order or self.rank or bounded)

    @property
    def simple(self) -> bool:
        """Whether FROM names the item alone, so that each row is one combination."""
        return not any(source.evaluate for source in self.sources)

    def matches(self, env: Environment) -> Iterator[Environment]:
        """Set the aliases in an environment to each combination that WHERE accepts."""
        where = self.where
        if self.simple:
            if where is None or where(env) is True:
                yield env
            return
        for _ in expand(self.sources, env):
            if where is None or where(env) is True:
                yield env

    @property
    def resumes(self) -> bool:
        """Whether a later page finds its first row by keys and number, whatever is written."""
        by_distance = any(key.nearness for key in self.order)
        return not (self.grouping or self.rank or self.distinct or by_distance)

    def arrange(
        self, rows: Iterable[Environment], size: int, *, bounded: bool = True
    ) -> list[Environment]:
        """Group or order rows; given as an iterator they are one environment that changes.

        If bounded, rows beyond OFFSET, LIMIT and TOP may be missing.
        """
        if self.grouping:
            return self.grouping.run(rows, size)
        kept = rows if isinstance(rows, list) else [env.copy() for env in rows]
        if self.rank:
            return rank_rows(kept, self.rank)
        partial = bounded and self.always_defined and not self.distinct
        bound = self.offset + self.take if partial and self.take is not None else None
        return sort_rows(kept, self.order, bound)

    def values(self, env: Environment) -> list[Value]:
        """All results, for a query inside another one."""
        arranged = self.arrange(self.matches(env), len(env))
        results = [self.project(row) for row in arranged]
        defined: list[Value] = [value for value in results if not isinstance(value, Undefined)]
        return self.cut(distinct_values(defined) if self.distinct else defined)

    def cut[T](self, results: list[T]) -> list[T]:
        """OFFSET, LIMIT and TOP."""
        end = None if self.take is None else self.offset + self.take
        return results[self.offset : end]


def distinct_values(values: list[Value]) -> list[Value]:
    """The values without repetitions, in the order of their first appearance."""
    return list({identity(value): value for value in reversed(values)}.values())[::-1]


def compile_select(
    select: syntax.Select, outer: Scope, *, root: bool, index: IndexPolicy = EVERYTHING
) -> Plan:
    """Compile a query; at the root its first FROM is the container itself, indexed by a policy.

    Raises:
        CosmosError: 400 with what is wrong and where.
    """
    if select.having:
        raise query_error("HAVING is not supported", select.having.position)
    if not root:
        _check_inner(select)
    sources, scope = bind_sources(select.sources, outer, root=root)
    where = compile_expression(select.where, scope) if select.where else None
    aggregates = any(find_aggregates(item.expression) for item in select.projection.items)
    grouping = Grouping(select, scope) if select.group_by or aggregates else None
    top = _count(select.top, scope, "TOP")
    offset = _count(select.offset, scope, "OFFSET")
    limit = _count(select.limit, scope, "LIMIT")
    if top is not None and limit is not None:
        raise query_error("TOP and OFFSET LIMIT cannot be combined", select.position)
    project = compile_projection(select, grouping.scope if grouping else scope, sources)
    return Plan(
        sources=sources,
        where=where,
        grouping=grouping,
        order=compile_order(select, scope, index),
        rank=compile_rank(select.rank, scope) if select.rank else [],
        project=project,
        projects_root=root and not grouping and is_whole_item(select, scope, sources),
        always_defined=is_always_defined(select, scope),
        computes=_computes(select),
        distinct=select.distinct,
        offset=offset or 0,
        take=limit if top is None else top,
    )


def _check_inner(select: syntax.Select) -> None:
    """What the service refuses in a query inside another one."""
    refused = {
        "TOP": select.top,
        "ORDER BY": select.rank or (select.order_by[0].expression if select.order_by else None),
        "OFFSET LIMIT": select.offset,
    }
    for clause, node in refused.items():
        if node is not None:
            raise query_error(f"'{clause}' is not supported in subqueries", node.position)


def _computes(select: syntax.Select) -> bool:
    """Whether a result can hold anything that is neither stored nor written in the query."""
    waiting = [item.expression for item in select.projection.items]
    while waiting:
        node = waiting.pop()
        if isinstance(node, syntax.Call | syntax.Chain | syntax.Subquery):
            return True
        waiting += syntax.children(node)
    return any(isinstance(source.value, syntax.Select) for source in select.sources)


def _count(node: syntax.Node | None, scope: Scope, clause: str) -> int | None:
    if node is None:
        return None
    value = scope.parameter(node) if isinstance(node, syntax.Parameter) else None
    if isinstance(node, syntax.Constant) and isinstance(node.value, int):
        value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST_COUNT:
        raise query_error(
            f"{clause} takes a whole number from 0 to {_LARGEST_COUNT}", node.position
        )
    return value
