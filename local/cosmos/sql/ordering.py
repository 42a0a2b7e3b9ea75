"""ORDER BY: what it takes, and rows in its order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest

from local.cosmos.indexing import IndexPolicy
from local.cosmos.policies import Path
from local.cosmos.sql import syntax
from local.cosmos.sql.calls import is_batched
from local.cosmos.sql.comparison import OrderKey as SortValue
from local.cosmos.sql.comparison import order_key
from local.cosmos.sql.expressions import compile_expression
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.ranking import vector_component
from local.cosmos.sql.scope import (
    NUMBER_SLOT,
    ROOT_SLOT,
    Environment,
    Evaluate,
    Scope,
    property_path,
)
from local.cosmos.values import UNDEFINED


@dataclass(frozen=True)
class OrderKey:
    """One compiled key of ORDER BY.

    Nearness leaves out rows that have no vector, and may be computed for many rows at once. Of
    several keys, one that is an array or an object counts as undefined: that is how a composite
    index has it.
    """

    evaluate: Evaluate
    descending: bool
    nearness: bool = False
    batched: bool = False
    scalar: bool = False


def compile_order(select: syntax.Select, scope: Scope, index: IndexPolicy) -> list[OrderKey]:
    """Compile the keys of a query over a container.

    Raises:
        CosmosError: 400, a key is no property, or no index serves the keys.
    """
    items = select.order_by
    nearness = [item for item in items if _is_nearness(item.expression)]
    if nearness:
        return [_compile_nearness(nearness[0], scope, alone=len(items) == 1)]
    paths = [(_property_of(item.expression, scope), item.descending) for item in items]
    if len(paths) == 1 and not index.orders_by(paths[0][0]):
        raise query_error(
            "The index path corresponding to the specified order-by item is excluded",
            items[0].expression.position,
        )
    if len(paths) > 1 and not index.orders_by_all(paths):
        raise query_error(
            "The order by query does not have a corresponding composite index that it can be "
            "served from",
            items[0].expression.position,
        )
    return [
        OrderKey(compile_expression(item.expression, scope), item.descending, scalar=len(items) > 1)
        for item in items
    ]


def _is_nearness(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Call) and node.name == "VECTORDISTANCE"


def _compile_nearness(item: syntax.OrderItem, scope: Scope, *, alone: bool) -> OrderKey:
    node = item.expression
    assert isinstance(node, syntax.Call)
    if item.explicit or not alone:
        raise query_error(
            "ORDER BY VectorDistance stands alone and takes no ASC or DESC: the most "
            "similar items come first",
            node.position,
        )
    part = vector_component(node, scope)
    return OrderKey(part.score, part.descending, nearness=True, batched=is_batched(node, scope))


def _property_of(node: syntax.Node, scope: Scope) -> Path:
    path = property_path(node)
    if path is None or not path[1]:
        raise query_error(
            "Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a "
            "document path",
            node.position,
        )
    if scope.slot_of(path[0]) != ROOT_SLOT:
        raise query_error(
            "Order-by over correlated collections is not supported: ORDER BY takes properties of "
            "the item",
            node.position,
        )
    return path[1]


def sort_rows(
    rows: list[Environment], keys: list[OrderKey], bound: int | None
) -> list[Environment]:
    """The rows in order; only the first ones if no more than these are asked for.

    Rows of equal keys are in the order of storage, in the opposite one if the first key descends.
    """
    if not keys:
        return rows
    first = keys[0]
    if first.nearness:
        rows = [env for env in rows if first.evaluate(env) is not UNDEFINED]
    elif first.descending:
        rows = rows[::-1]
    if len(keys) == 1 and bound is not None and bound < len(rows):
        pick = nlargest if first.descending else nsmallest
        return pick(bound, rows, key=_sort_key(first))
    for key in reversed(keys):
        rows.sort(key=_sort_key(key), reverse=key.descending)
    return rows


def place_of(row: Environment, keys: Sequence[OrderKey]) -> tuple[SortValue, ...]:
    """What the place of a row depends on, its number aside."""
    return tuple(_sort_key(key)(row) for key in keys)


def is_after(
    row: Environment, keys: Sequence[OrderKey], place: tuple[SortValue, ...], number: int
) -> bool:
    """Whether a row is the row of this place and number, or one that comes after it."""
    for key, here, there in zip(keys, place_of(row, keys), place, strict=True):
        if here != there:
            return (here > there) != key.descending
    own = row[NUMBER_SLOT]
    if not isinstance(own, int) or own == number:
        return True
    return (own > number) != (bool(keys) and keys[0].descending)


def _sort_key(key: OrderKey) -> Callable[[Environment], SortValue]:
    evaluate = key.evaluate
    if not key.scalar:
        return lambda env: order_key(evaluate(env))

    def scalar_key(env: Environment) -> SortValue:
        value = evaluate(env)
        return order_key(UNDEFINED if isinstance(value, list | dict) else value)

    return scalar_key
