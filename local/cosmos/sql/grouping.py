"""GROUP BY and aggregates: rows in, one environment per group out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from local.cosmos.sql import syntax
from local.cosmos.sql.aggregates import FACTORIES, Accumulator
from local.cosmos.sql.calls import AGGREGATES
from local.cosmos.sql.comparison import identity
from local.cosmos.sql.expressions import compile_expression
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.scope import Environment, Evaluate, Scope
from local.cosmos.values import UNDEFINED


@dataclass(frozen=True)
class _Aggregate:
    slot: int
    create: Callable[[], Accumulator]
    argument: Evaluate


class Grouping:
    """The compiled keys and aggregates of a query."""

    def __init__(self, select: syntax.Select, scope: Scope) -> None:
        """Compile what the projection aggregates and GROUP BY names."""
        if select.projection.kind == "all":
            raise query_error("'SELECT *' cannot be grouped", select.position)
        if select.order_by or select.rank is not None:
            raise query_error(
                "ORDER BY is not supported together with GROUP BY or aggregates", select.position
            )
        self._keys: list[tuple[int, Evaluate]] = []
        self._aggregates: list[_Aggregate] = []
        computed: dict[syntax.Node, int] = {}
        for node in select.group_by:
            _check_key(node)
            computed[node] = scope.compilation.new_slot()
            self._keys.append((computed[node], compile_expression(node, scope)))
        for item in select.projection.items:
            for call in find_aggregates(item.expression):
                computed[call] = self._add(call, scope)
        self.scope = replace(scope, computed=computed, grouped=True)

    def _add(self, call: syntax.Call, scope: Scope) -> int:
        if len(call.arguments) != 1:
            raise query_error(f"{call.name} takes one argument", call.position)
        slot = scope.compilation.new_slot()
        argument = compile_expression(call.arguments[0], scope)
        self._aggregates.append(_Aggregate(slot, FACTORIES[call.name], argument))
        return slot

    def run(self, rows: Iterable[Environment], size: int) -> list[Environment]:
        """Group rows; without GROUP BY everything is one group, also when there is nothing."""
        groups: dict[tuple[str, ...], tuple[Environment, list[Accumulator]]] = {}
        if not self._keys:
            groups[()] = [UNDEFINED] * size, [entry.create() for entry in self._aggregates]
        for env in rows:
            values = [(slot, key(env)) for slot, key in self._keys]
            name = tuple(identity(value) for _, value in values)
            group = groups.get(name)
            if group is None:
                group = groups[name] = env.copy(), [entry.create() for entry in self._aggregates]
                for slot, value in values:
                    group[0][slot] = value
            for entry, accumulator in zip(self._aggregates, group[1], strict=True):
                accumulator.add(entry.argument(env))
        for env, accumulators in groups.values():
            for entry, accumulator in zip(self._aggregates, accumulators, strict=True):
                env[entry.slot] = accumulator.result()
        return [env for env, _ in groups.values()]


def find_aggregates(node: syntax.Node) -> list[syntax.Call]:
    """The aggregates in an expression, those of subqueries excluded."""
    if isinstance(node, syntax.Call) and node.name in AGGREGATES:
        return [node]
    return [call for child in syntax.children(node) for call in find_aggregates(child)]


def composed_aggregate(select: syntax.Select) -> syntax.Call | None:
    """An aggregate inside a larger expression of the select list: SUM(c.n) + 1, {"n": COUNT(1)}."""
    for item in select.projection.items:
        found = find_aggregates(item.expression)
        if found and found[0] is not item.expression:
            return found[0]
    return None


def _check_key(node: syntax.Node) -> None:
    """GROUP BY takes expressions with a property in them and without subqueries."""
    waiting, names = [node], False
    while waiting:
        part = waiting.pop()
        if isinstance(part, syntax.Subquery):
            raise query_error("GROUP BY takes no subqueries", part.position)
        names = names or isinstance(part, syntax.Name)
        waiting += syntax.children(part)
    if not names:
        raise query_error("Each expression of GROUP BY needs a property", node.position)
