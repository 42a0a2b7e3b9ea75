"""ORDER BY VectorDistance and ORDER BY RANK: the best items first.

Reciprocal rank fusion adds, per component, weight / (60 + rank). Equal scores share a rank, and the
next score has the next number; the constant and the ties are those of azure-cosmos' own client-side
implementation. An item for which a component is undefined has that component's last rank.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from local.cosmos.sql import syntax
from local.cosmos.sql.calls import (
    constant_value,
    is_constant,
    score_reader,
    vector_metric,
)
from local.cosmos.sql.expressions import compile_expression
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.scope import (
    ROOT_SLOT,
    Environment,
    Evaluate,
    Scope,
    ScoreRequest,
    property_path,
)
from local.cosmos.sql.vectors import nearest_first
from local.cosmos.values import Value

RRF_CONSTANT = 60


@dataclass(frozen=True)
class Component:
    """One score, which way it is good, and how much it counts."""

    score: Evaluate
    descending: bool
    weight: float = 1.0


def compile_rank(node: syntax.Node, scope: Scope) -> list[Component]:
    """The components of ORDER BY RANK: those of RRF(...), or a single FullTextScore."""
    if not isinstance(node, syntax.Call) or node.name not in ("RRF", "FULLTEXTSCORE"):
        raise query_error("ORDER BY RANK takes RRF(...) or FullTextScore(...)", node.position)
    if node.name == "FULLTEXTSCORE":
        return [_full_text(node, scope)]
    calls = list(node.arguments)
    weights: list[float] = []
    if calls and not _is_component(calls[-1]) and is_constant(calls[-1]):
        weights = _weights(calls.pop(), scope)
    if len(calls) < 2:
        raise query_error("RRF takes two or more scores", node.position)
    if weights and len(weights) != len(calls):
        raise query_error(f"RRF has {len(calls)} scores but {len(weights)} weights", node.position)
    parts = [_component(call, scope) for call in calls]
    return [
        replace(part, weight=weight)
        for part, weight in zip(parts, weights or [1.0] * len(parts), strict=True)
    ]


def _is_component(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Call) and node.name in ("VECTORDISTANCE", "FULLTEXTSCORE")


def _weights(node: syntax.Node, scope: Scope) -> list[float]:
    value = constant_value(node, scope)
    numbers = (
        [entry for entry in value if isinstance(entry, int | float)]
        if isinstance(value, list)
        else []
    )
    if not isinstance(value, list) or len(numbers) != len(value):
        raise query_error("The weights of RRF must be an array of numbers", node.position)
    return [float(number) for number in numbers]


def _component(node: syntax.Node, scope: Scope) -> Component:
    if isinstance(node, syntax.Call) and node.name == "VECTORDISTANCE":
        return vector_component(node, scope)
    if isinstance(node, syntax.Call) and node.name == "FULLTEXTSCORE":
        return _full_text(node, scope)
    raise query_error("RRF takes VectorDistance and FullTextScore only", node.position)


def vector_component(node: syntax.Call, scope: Scope) -> Component:
    """VectorDistance as something to order by: the most similar first."""
    score = compile_expression(node, scope)
    return Component(score, nearest_first(vector_metric(node, scope)))


def _full_text(node: syntax.Call, scope: Scope) -> Component:
    path = property_path(node.arguments[0]) if node.arguments else None
    if path is None or scope.aliases.get(path[0].name) != ROOT_SLOT or not path[1]:
        raise query_error("FullTextScore takes a property of the item first", node.position)
    terms: list[str] = []
    for argument in node.arguments[1:]:
        value = constant_value(argument, scope) if is_constant(argument) else None
        given = value if isinstance(value, list) else [value]
        terms += [term for term in given if isinstance(term, str)]
        if not all(isinstance(term, str) for term in given):
            raise query_error("The terms of FullTextScore must be texts", argument.position)
    if not terms:
        raise query_error("FullTextScore needs a term to look for", node.position)
    request = ScoreRequest(
        scope.compilation.new_slot(), node.name, path[1], None, tuple(terms), node.position
    )
    return Component(score_reader(request, scope), descending=True)


def rank_rows(rows: list[Environment], components: Sequence[Component]) -> list[Environment]:
    """The rows in the order of their fused scores; ties stay in the order they came in."""
    totals = [0.0] * len(rows)
    for part in components:
        for at, rank in enumerate(dense_ranks([part.score(env) for env in rows], part.descending)):
            totals[at] += part.weight / (RRF_CONSTANT + rank)
    order = sorted(range(len(rows)), key=lambda at: -totals[at])
    return [rows[at] for at in order]


def dense_ranks(scores: list[Value], descending: bool) -> list[int]:
    """1 for the best score, 2 for the next different one, and so on; undefined is the worst."""
    numbers = [score if isinstance(score, int | float) else None for score in scores]
    known = sorted({number for number in numbers if number is not None}, reverse=descending)
    rank_of = {number: at + 1 for at, number in enumerate(known)}
    return [len(known) + 1 if number is None else rank_of[number] for number in numbers]
