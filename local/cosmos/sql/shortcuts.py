"""Conditions that nearly every query has, in a form that costs less per item."""

from local.cosmos.sql import syntax
from local.cosmos.sql.scope import Environment, Evaluate, Scope
from local.cosmos.values import UNDEFINED, Value


def constant_text(node: syntax.Node, scope: Scope) -> str | None:
    """The text that a literal or a parameter stands for; None if it is anything else."""
    if isinstance(node, syntax.Parameter):
        value: Value = scope.parameter(node)
    else:
        value = node.value if isinstance(node, syntax.Constant) else None
    return value if isinstance(value, str) else None


def equals_text(operand: Evaluate, text: str) -> Evaluate:
    """Equality with a known text."""

    def evaluate(env: Environment) -> Value:
        value = operand(env)
        return UNDEFINED if value is UNDEFINED else value == text

    return evaluate


def among_texts(operand: Evaluate, texts: frozenset[str]) -> Evaluate:
    """IN over known texts only."""

    def evaluate(env: Environment) -> Value:
        value = operand(env)
        if value is UNDEFINED:
            return UNDEFINED
        return isinstance(value, str) and value in texts

    return evaluate
