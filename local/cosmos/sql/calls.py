"""Function calls: scalar ones, and the few that need more than the values of their arguments."""

from local.cosmos.policies import METRICS, Metric
from local.cosmos.sql import syntax
from local.cosmos.sql.expressions import COMPILERS, compile_expression
from local.cosmos.sql.functions import FUNCTIONS
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.scope import (
    ROOT_SLOT,
    Environment,
    Evaluate,
    Scope,
    ScoreRequest,
    property_path,
)
from local.cosmos.sql.vectors import distance
from local.cosmos.sql.words import has_phrase, words_of
from local.cosmos.values import UNDEFINED, Value

AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG"})
RANKING = frozenset({"FULLTEXTSCORE", "RRF"})


def compile_call(node: syntax.Node, scope: Scope) -> Evaluate:
    """Compile any call but those that ORDER BY RANK handles."""
    assert isinstance(node, syntax.Call)
    if node.name in AGGREGATES:
        raise query_error(f"Aggregate {node.name} is not possible here", node.position)
    if node.name in RANKING:
        raise query_error(f"{node.name} is possible in ORDER BY RANK only", node.position)
    if node.name == "VECTORDISTANCE":
        return _vector_distance(node, scope)
    if node.name in _FULL_TEXT:
        return _full_text_contains(node, scope)
    function = FUNCTIONS.get(node.name)
    if function is None:
        raise query_error(f"Function '{node.name}' is not supported", node.position)
    given = len(node.arguments)
    if given < function.fewest or (function.most is not None and given > function.most):
        most = "or more" if function.most is None else f"to {function.most}"
        raise query_error(
            f"Function '{node.name}' takes {function.fewest} {most} arguments, not {given}",
            node.position,
        )
    apply = function.implementation
    arguments = [compile_expression(argument, scope) for argument in node.arguments]
    if len(arguments) == 1:
        only = arguments[0]
        return lambda env: apply(only(env))
    return lambda env: apply(*[argument(env) for argument in arguments])


def is_constant(node: syntax.Node) -> bool:
    """Whether an expression has the same value for every item."""
    if isinstance(node, syntax.Name | syntax.Subquery | syntax.Call):
        return False
    return all(is_constant(child) for child in syntax.children(node))


def constant_value(node: syntax.Node, scope: Scope) -> Value:
    """The value of a constant expression."""
    return compile_expression(node, scope)([])


def is_batched(node: syntax.Call, scope: Scope) -> bool:
    """Whether a VectorDistance compares a vector of the policy with one that never changes."""
    return _policy_of(node, scope) is not None


def _policy_of(node: syntax.Call, scope: Scope) -> tuple[int, syntax.Node] | None:
    """The index of the policy in question and the other argument."""
    if len(node.arguments) < 2:
        return None
    for path_node, other in (node.arguments[:2], node.arguments[1::-1]):
        path = property_path(path_node)
        if path is None or scope.aliases.get(path[0].name) != ROOT_SLOT or not is_constant(other):
            continue
        for index, policy in enumerate(scope.compilation.vectors):
            if policy.path == path[1]:
                return index, other
    return None


def _vector_distance(node: syntax.Call, scope: Scope) -> Evaluate:
    if not 2 <= len(node.arguments) <= 4:
        raise query_error("VectorDistance takes 2 to 4 arguments", node.position)
    metric = vector_metric(node, scope)
    found = _policy_of(node, scope)
    if found is None:
        _check_declared(node, scope)
        first, second = (compile_expression(part, scope) for part in node.arguments[:2])
        return lambda env: distance(first(env), second(env), metric)
    index, other = found
    policy = scope.compilation.vectors[index]
    request = ScoreRequest(
        scope.compilation.new_slot(),
        "VECTORDISTANCE",
        policy.path,
        index,
        (constant_value(other, scope), metric),
        node.position,
    )
    return score_reader(request, scope)


def _check_declared(node: syntax.Call, scope: Scope) -> None:
    """VectorDistance is served where one of the two vectors is of the container's policy."""
    paths = [property_path(part) for part in node.arguments[:2]]
    declared = {policy.path for policy in scope.compilation.vectors}
    if not any(
        path is not None and path[1] in declared and scope.aliases.get(path[0].name) == ROOT_SLOT
        for path in paths
    ):
        raise query_error(
            "VectorDistance needs a path of the container's vector embedding policy", node.position
        )


def score_reader(request: ScoreRequest, scope: Scope) -> Evaluate:
    """An expression that reads a score computed for all items at once; equal requests share it."""
    for known in scope.compilation.scores:
        same = (known.function, known.path, known.arguments)
        if same == (request.function, request.path, request.arguments):
            request = known
            break
    else:
        scope.compilation.scores.append(request)
    slot = request.slot
    return lambda env: env[slot]


def vector_metric(node: syntax.Call, scope: Scope) -> Metric:
    """How a VectorDistance measures: by its fourth argument, else by the policy, else cosine."""
    if len(node.arguments) == 4:
        options = (
            constant_value(node.arguments[3], scope) if is_constant(node.arguments[3]) else None
        )
        if not isinstance(options, dict):
            raise query_error(
                "The options of VectorDistance must be a literal object", node.arguments[3].position
            )
        if "distanceFunction" in options:
            metric = METRICS.get(str(options["distanceFunction"]).lower())
            if metric is None:
                raise query_error(f"distanceFunction must be one of {list(METRICS)}", node.position)
            return metric
    found = _policy_of(node, scope)
    return scope.compilation.vectors[found[0]].metric if found else "cosine"


_FULL_TEXT = {
    "FULLTEXTCONTAINS": any,
    "FULLTEXTCONTAINSALL": all,
    "FULLTEXTCONTAINSANY": any,
}


def _full_text_contains(node: syntax.Call, scope: Scope) -> Evaluate:
    combine = _FULL_TEXT[node.name]
    given = len(node.arguments)
    if given < 2 or (node.name == "FULLTEXTCONTAINS" and given > 2):
        raise query_error(f"{node.name} takes a path and a text", node.position)
    text = compile_expression(node.arguments[0], scope)
    phrases = [compile_expression(part, scope) for part in node.arguments[1:]]

    def evaluate(env: Environment) -> Value:
        found = text(env)
        wanted = [phrase(env) for phrase in phrases]
        if not isinstance(found, str) or not all(isinstance(phrase, str) for phrase in wanted):
            return UNDEFINED
        words = words_of(found)
        return combine(has_phrase(words, words_of(str(phrase))) for phrase in wanted)

    return evaluate


COMPILERS[syntax.Call] = compile_call
