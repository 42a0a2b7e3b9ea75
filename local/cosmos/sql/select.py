"""A compiled query: which rows it has, in which order, and what is made of each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import nlargest, nsmallest

from local.cosmos.policies import Path
from local.cosmos.sql import syntax
from local.cosmos.sql.calls import is_batched
from local.cosmos.sql.comparison import identity, order_key
from local.cosmos.sql.expressions import compile_expression
from local.cosmos.sql.grouping import Grouping, find_aggregates
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.projection import compile_projection, is_whole_item
from local.cosmos.sql.ranking import Component, compile_rank, rank_rows, vector_component
from local.cosmos.sql.scope import Environment, Evaluate, Scope, property_path
from local.cosmos.sql.sources import BoundSource, bind_sources, expand
from local.cosmos.values import UNDEFINED, Undefined, Value


@dataclass(frozen=True)
class OrderKey:
    """One compiled key of ORDER BY; rows for which a required one is undefined are left out."""

    evaluate: Evaluate
    descending: bool
    required: bool
    batched: bool = False  # a VectorDistance that is computed for many rows at once


@dataclass(frozen=True)
class Plan:
    """Everything about a query that does not depend on the rows."""

    sources: list[BoundSource]
    where: Evaluate | None
    grouping: Grouping | None
    order: list[OrderKey]
    rank: list[Component]
    project: Evaluate
    projects_root: bool
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

    def arrange(self, rows: Iterable[Environment], size: int) -> list[Environment]:
        """Group or order rows; given as an iterator they are one environment that changes."""
        if self.grouping:
            return self.grouping.run(rows, size)
        kept = rows if isinstance(rows, list) else [env.copy() for env in rows]
        if self.rank:
            return rank_rows(kept, self.rank)
        bound = None if self.take is None or self.distinct else self.offset + self.take
        return _sort(kept, self.order, bound)

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


def _sort(rows: list[Environment], keys: list[OrderKey], bound: int | None) -> list[Environment]:
    """The rows in order; only the first ones if no more than these are asked for."""
    for key in keys:
        if key.required:
            rows = [env for env in rows if key.evaluate(env) is not UNDEFINED]
    if len(keys) == 1 and bound is not None and bound < len(rows):
        first = nlargest if keys[0].descending else nsmallest
        return first(bound, rows, key=_sort_key(keys[0]))
    for key in reversed(keys):
        rows.sort(key=_sort_key(key), reverse=key.descending)
    return rows


def _sort_key(key: OrderKey) -> Callable[[Environment], tuple[int, bool | float | int | str]]:
    evaluate = key.evaluate
    return lambda env: order_key(evaluate(env))


def compile_select(
    select: syntax.Select, outer: Scope, *, root: bool, indexed: frozenset[Path] = frozenset()
) -> Plan:
    """Compile a query; at the root its first FROM is the container itself.

    Indexed are the paths for which ORDER BY keeps items without the property.

    Raises:
        CosmosError: 400 with what is wrong and where.
    """
    if select.having:
        raise query_error("HAVING is not supported", select.having.position)
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
        order=_compile_order(select, scope, root=root, indexed=indexed),
        rank=compile_rank(select.rank, scope) if select.rank else [],
        project=project,
        projects_root=root and not grouping and is_whole_item(select, scope, sources),
        distinct=select.distinct,
        offset=offset or 0,
        take=limit if top is None else top,
    )


def _count(node: syntax.Node | None, scope: Scope, clause: str) -> int | None:
    if node is None:
        return None
    value = scope.parameter(node) if isinstance(node, syntax.Parameter) else None
    if isinstance(node, syntax.Constant) and isinstance(node.value, int):
        value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise query_error(f"{clause} takes a whole number that is not negative", node.position)
    return value


def _compile_order(
    select: syntax.Select, scope: Scope, *, root: bool, indexed: frozenset[Path]
) -> list[OrderKey]:
    keys: list[OrderKey] = []
    single = len(select.order_by) == 1
    for item in select.order_by:
        node = item.expression
        if isinstance(node, syntax.Call) and node.name == "VECTORDISTANCE":
            if item.explicit or not single:
                raise query_error(
                    "ORDER BY VectorDistance stands alone and takes no ASC or DESC: the most "
                    "similar items come first",
                    node.position,
                )
            part = vector_component(node, scope)
            batched = is_batched(node, scope)
            keys.append(OrderKey(part.score, part.descending, required=True, batched=batched))
            continue
        path = property_path(node)
        if root and (path is None or not path[1]):
            raise query_error(
                "ORDER BY takes properties of the item, VectorDistance or RANK", node.position
            )
        required = root and single and path is not None and path[1] not in indexed
        keys.append(OrderKey(compile_expression(node, scope), item.descending, required))
    return keys
