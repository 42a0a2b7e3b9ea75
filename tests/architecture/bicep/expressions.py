"""The value of a Bicep expression, as far as it is known before anything is deployed.

What only Azure knows (a resource's id, its endpoint, a principal id) is a Runtime: text in angle
brackets that names where it comes from, so that plans can be compared and read.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from tree_sitter import Node

from tests.architecture.bicep.syntax import plain_string, text


class Runtime(str):
    """A value that exists only after a deployment, such as `<account.id>`."""

    def member(self, name: str) -> "Runtime":
        return Runtime(f"<{self.strip('<>')}.{name}>")


class BicepError(Exception):
    """An expression that this evaluator does not understand, or that cannot be computed."""


type Lookup = Callable[[str], Any]


def evaluate(node: Node, look_up: Lookup, folder: Path) -> Any:
    """The value of an expression; `look_up` knows the names, `folder` is where files are loaded."""
    return _Evaluator(look_up, folder).value(node)


class _Evaluator:
    def __init__(self, look_up: Lookup, folder: Path) -> None:
        self._look_up = look_up
        self._folder = folder

    def value(self, node: Node) -> Any:
        handler = getattr(self, f"_{node.type}", None)
        if handler is None:
            raise BicepError(
                f"line {node.start_point[0] + 1}: no rule for {node.type}: {text(node)}"
            )
        return handler(node)

    def _number(self, node: Node) -> int:
        return int(text(node))

    def _boolean(self, node: Node) -> bool:
        return text(node) == "true"

    def _null(self, _node: Node) -> None:
        return None

    def _string(self, node: Node) -> Any:
        whole = plain_string(node)
        if whole is not None:
            return whole
        parts = [
            _as_text(self.value(child.named_children[0]))
            if child.type == "interpolation"
            else text(child).replace("\\'", "'")
            for child in node.children
            if child.type != "'"
        ]
        return "".join(parts)

    def _identifier(self, node: Node) -> Any:
        return self._look_up(text(node))

    def _parenthesized_expression(self, node: Node) -> Any:
        return self.value(node.named_children[0])

    def _ternary_expression(self, node: Node) -> Any:
        condition, yes, no = node.named_children
        return self.value(yes if self.value(condition) else no)

    def _unary_expression(self, node: Node) -> Any:
        value = self.value(node.named_children[0])
        return not value if text(node.children[0]) == "!" else -value

    def _binary_expression(self, node: Node) -> Any:
        left, right = node.named_children
        operator = text(node.children[1])
        if operator == "&&":
            return self.value(left) and self.value(right)
        if operator == "||":
            return self.value(left) or self.value(right)
        if operator not in _OPERATORS:
            raise BicepError(f"line {node.start_point[0] + 1}: no rule for {operator}")
        return _OPERATORS[operator](self.value(left), self.value(right))

    def _member_expression(self, node: Node) -> Any:
        return self._access(node, ())

    _subscript_expression = _member_expression

    def _access(self, node: Node, accesses: tuple[Node, ...]) -> Any:
        # The grammar binds `a ? b : c.d` as `(a ? b : c).d`, and `!a.b` as `(!a).b`: what is
        # accessed belongs to the last operand.
        if node.type in ("member_expression", "subscript_expression"):
            return self._access(node.named_children[0], (node, *accesses))
        if accesses and node.type == "ternary_expression":
            condition, yes, no = node.named_children
            return self.value(yes) if self.value(condition) else self._access(no, accesses)
        if accesses and node.type == "unary_expression":
            return not self._access(node.named_children[0], accesses)
        if accesses and node.type == "binary_expression":
            raise BicepError(f"line {node.start_point[0] + 1}: write parentheses: {text(node)}")
        value = self.value(node)
        for access in accesses:
            last = access.named_children[-1]
            if access.type == "member_expression":
                value = _member(value, text(last), access)
            else:
                key = self.value(last)
                value = value[key] if isinstance(key, int) else _member(value, key, access)
        return value

    def _array(self, node: Node) -> list[Any]:
        return [self.value(child) for child in node.named_children if child.type != "comment"]

    def _object(self, node: Node) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for child in node.named_children:
            if child.type == "object_property":
                key = child.named_children[0]
                name = self.value(key) if key.type == "string" else text(key)
                # Names, not values: what a condition leaves out may be waited for.
                value = child.named_children[-1]
                result[name] = text(value) if name == "dependsOn" else self.value(value)
        return result

    def _for_statement(self, node: Node) -> list[Any]:
        return [
            evaluate(node.named_children[-1], look_up, self._folder)
            for look_up in loop_scopes(node, self._look_up, self._folder)
        ]

    def _call_expression(self, node: Node) -> Any:
        name = text(node.children[0])
        arguments = next(child for child in node.children if child.type == "arguments")
        values = [self.value(child) for child in arguments.named_children]
        if name in ("loadJsonContent", "loadTextContent"):
            content = (self._folder / values[0]).read_text("utf-8")
            return json.loads(content) if name == "loadJsonContent" else content
        if name not in _FUNCTIONS:
            raise BicepError(f"line {node.start_point[0] + 1}: no rule for {name}()")
        return _FUNCTIONS[name](*values)


def loop_scopes(node: Node, look_up: Lookup, folder: Path) -> list[Lookup]:
    """One scope for each turn of a for expression."""
    kinds = [child.type for child in node.children]
    header = node.children[2 if node.children[1].type == "for" else 1]
    values = evaluate(node.children[kinds.index("in") + 1], look_up, folder)
    names = [text(child) for child in header.named_children] or [text(header)]

    def scope_of(index: int, value: Any) -> Lookup:
        local = dict(zip(names, (value, index), strict=False))
        return lambda name: local[name] if name in local else look_up(name)

    return [scope_of(index, value) for index, value in enumerate(values)]


def _member(value: Any, name: str, node: Node) -> Any:
    if hasattr(value, "member"):
        return value.member(name)
    if isinstance(value, dict) and name in value:
        return value[name]
    raise BicepError(f"line {node.start_point[0] + 1}: {text(node)}: there is no {name}")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


def _union(*values: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for value in values:
        result |= value
    return result


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left // right,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "any": lambda value: value,
    "concat": lambda *lists: [item for part in lists for item in part],
    "empty": lambda value: value is None or len(value) == 0,
    "environment": lambda: {
        "suffixes": {"storage": "core.example", "keyvaultDns": ".vault.example"}
    },
    "guid": lambda *parts: f"guid({','.join(parts)})",
    "items": lambda value: [{"key": key, "value": value[key]} for key in sorted(value)],
    "length": len,
    "max": max,
    "min": min,
    "replace": lambda value, old, new: value.replace(old, new),
    "resourceGroup": lambda *name: Runtime(f"<group {name[0]}>" if name else "<group>"),
    "string": _as_text,
    "subscription": lambda: Runtime("<subscription>"),
    "subscriptionResourceId": lambda kind, name: f"{kind}/{name}",
    "tenant": lambda: Runtime("<tenant>"),
    "toLower": lambda value: value.lower(),
    "union": _union,
    "uniqueString": lambda *parts: sha256("|".join(parts).encode()).hexdigest()[:13],
}
