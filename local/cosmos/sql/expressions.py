"""From syntax to closures: compiled once per query, called once per item."""

import re
from collections.abc import Callable

from local.cosmos.sql import syntax
from local.cosmos.sql.comparison import equal, whole_number
from local.cosmos.sql.operators import BINARY, PREFIX, like_pattern
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.scope import Environment, Evaluate, Scope, property_path
from local.cosmos.sql.shortcuts import among_texts, constant_text, equals_text
from local.cosmos.values import UNDEFINED, Json, Undefined, Value


def compile_expression(node: syntax.Node, scope: Scope) -> Evaluate:
    """Compile an expression.

    Raises:
        CosmosError: 400 for what cannot be resolved or is not known.
    """
    slot = scope.computed.get(node) if scope.computed else None
    if slot is not None:
        return _slot_reader(slot)
    compiler = COMPILERS.get(type(node))
    if compiler is None:
        raise query_error(f"{type(node).__name__} is not supported here", node.position)
    return compiler(node, scope)


def constant(value: Value) -> Evaluate:
    """An expression that is always the same."""
    return lambda _: value


def _slot_reader(slot: int) -> Evaluate:
    return lambda env: env[slot]


def _constant(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Constant)
    return constant(node.value)


def _parameter(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Parameter)
    return constant(scope.parameter(node))


def _name(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Name)
    slot = scope.slot_of(node)
    if scope.grouped:
        raise query_error(
            f"'{node.name}' is neither in an aggregate function nor in GROUP BY", node.position
        )
    return _slot_reader(slot)


def _member(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Member)
    path = property_path(node)
    if path is None or scope.grouped:
        return _of_member(compile_expression(node.base, scope), node.name)
    alias, names = path
    slot = scope.slot_of(alias)
    if len(names) == 1:
        return _property_reader(slot, names[0])
    return _path_reader(slot, names)


def _of_member(base: Evaluate, name: str) -> Evaluate:
    def read(env: Environment) -> Value:
        value = base(env)
        return value.get(name, UNDEFINED) if isinstance(value, dict) else UNDEFINED

    return read


def _property_reader(slot: int, name: str) -> Evaluate:
    def read(env: Environment) -> Value:
        value = env[slot]
        return value.get(name, UNDEFINED) if isinstance(value, dict) else UNDEFINED

    return read


def _path_reader(slot: int, names: tuple[str, ...]) -> Evaluate:
    def read(env: Environment) -> Value:
        value = env[slot]
        for name in names:
            if not isinstance(value, dict):
                return UNDEFINED
            value = value.get(name, UNDEFINED)
        return value

    return read


def _index(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Index)
    base = compile_expression(node.base, scope)
    index = compile_expression(node.index, scope)

    def read(env: Environment) -> Value:
        value, at = base(env), index(env)
        if isinstance(value, list) and (place := whole_number(at)) is not None:
            return value[place] if 0 <= place < len(value) else UNDEFINED
        if isinstance(value, dict) and isinstance(at, str):
            return value.get(at, UNDEFINED)
        return UNDEFINED

    return read


def _prefixed(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Prefixed)
    operand = compile_expression(node.operand, scope)
    apply = PREFIX[node.operator]
    return lambda env: apply(operand(env))


def _chain(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Chain)
    first = compile_expression(node.first, scope)
    rest = [
        (BINARY[operator], compile_expression(operand, scope)) for operator, operand in node.rest
    ]
    if len(rest) == 1:
        apply_one, second = rest[0]
        text = constant_text(node.rest[0][1], scope)
        if node.rest[0][0] == "=" and text is not None:
            return equals_text(first, text)
        return lambda env: apply_one(first(env), second(env))

    def evaluate(env: Environment) -> Value:
        value = first(env)
        for apply, operand in rest:
            value = apply(value, operand(env))
        return value

    return evaluate


def _logical(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Logical)
    operands = [compile_expression(operand, scope) for operand in node.operands]
    if node.operator == "??":
        return _first_defined(operands)
    return _until(decisive=node.operator == "OR", operands=operands)


def _until(*, decisive: bool, operands: list[Evaluate]) -> Evaluate:
    """AND or OR: one decisive operand decides, else an undefined one makes all undefined."""

    def evaluate(env: Environment) -> Value:
        result: Value = not decisive
        for operand in operands:
            value = operand(env)
            if value is decisive:
                return decisive
            if not isinstance(value, bool):
                result = UNDEFINED
        return result

    return evaluate


def _first_defined(operands: list[Evaluate]) -> Evaluate:
    def evaluate(env: Environment) -> Value:
        for operand in operands:
            value = operand(env)
            if not isinstance(value, Undefined):
                return value
        return UNDEFINED

    return evaluate


def _conditional(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Conditional)
    condition = compile_expression(node.condition, scope)
    yes = compile_expression(node.yes, scope)
    no = compile_expression(node.no, scope)
    return lambda env: yes(env) if condition(env) is True else no(env)


def _in_list(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.InList)
    value = compile_expression(node.value, scope)
    options = [compile_expression(option, scope) for option in node.options]
    texts = [constant_text(option, scope) for option in node.options]
    known = frozenset(text for text in texts if text is not None)
    if None not in texts:
        among = among_texts(value, known)
        return _negated(among) if node.negated else among

    def evaluate(env: Environment) -> Value:
        wanted = value(env)
        if isinstance(wanted, Undefined):
            return UNDEFINED
        result: Value = False
        for option in options:
            candidate = option(env)
            if isinstance(candidate, Undefined):
                result = UNDEFINED
            elif equal(wanted, candidate):
                return True
        return result

    return _negated(evaluate) if node.negated else evaluate


def _negated(evaluate: Evaluate) -> Evaluate:
    invert = PREFIX["NOT"]
    return lambda env: invert(evaluate(env))


def _between(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Between)
    low = syntax.Chain(node.position, node.value, ((">=", node.low),))
    high = syntax.Chain(node.position, node.value, (("<=", node.high),))
    both = compile_expression(syntax.Logical(node.position, "AND", (low, high)), scope)
    return _negated(both) if node.negated else both


def _like(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.Like)
    value = compile_expression(node.value, scope)
    pattern = compile_expression(node.pattern, scope)
    escape = node.escape

    def evaluate(env: Environment) -> Value:
        text, wanted = value(env), pattern(env)
        if not isinstance(text, str) or not isinstance(wanted, str):
            return UNDEFINED
        try:
            return like_pattern(wanted, escape).fullmatch(text) is not None
        except re.error as error:
            raise query_error(f"The LIKE pattern is not valid: {error}", node.position) from error

    return _negated(evaluate) if node.negated else evaluate


def _array(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.ArrayLiteral)
    items = [compile_expression(item, scope) for item in node.items]

    def evaluate(env: Environment) -> Value:
        values = [item(env) for item in items]
        found: list[Json] = [value for value in values if not isinstance(value, Undefined)]
        return found

    return evaluate


def _object(node: syntax.Node, scope: Scope) -> Evaluate:
    assert isinstance(node, syntax.ObjectLiteral)
    entries = [(name, compile_expression(value, scope)) for name, value in node.entries]
    return object_builder(entries)


def object_builder(entries: list[tuple[str, Evaluate]]) -> Evaluate:
    """An object of named values; the undefined ones are left out."""

    def evaluate(env: Environment) -> Value:
        built: dict[str, Json] = {}
        for name, entry in entries:
            value = entry(env)
            if not isinstance(value, Undefined):
                built[name] = value
        return built

    return evaluate


# Calls and subqueries add themselves: they need this module in their turn.
COMPILERS: dict[type[syntax.Node], Callable[[syntax.Node, Scope], Evaluate]] = {
    syntax.Constant: _constant,
    syntax.Parameter: _parameter,
    syntax.Name: _name,
    syntax.Member: _member,
    syntax.Index: _index,
    syntax.Prefixed: _prefixed,
    syntax.Chain: _chain,
    syntax.Logical: _logical,
    syntax.Conditional: _conditional,
    syntax.InList: _in_list,
    syntax.Between: _between,
    syntax.Like: _like,
    syntax.ArrayLiteral: _array,
    syntax.ObjectLiteral: _object,
}
