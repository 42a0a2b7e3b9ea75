"""Resource bodies against Azure's own types: property names, required ones, enumerations, values.

resource_types.json holds the types of exactly the resource types and API versions that infra/ uses:
a resource of another type or version is a problem until its type is added there.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tree_sitter import Node

from tests.architecture.bicep.syntax import (
    Template,
    declared_body,
    plain_string,
    properties,
    text,
    walk,
)

_OPEN = {"parent", "scope", "dependsOn"}
_PRIMITIVES = {"string", "int", "bool", "any", "null", "object"}
_LITERALS = {"number": "int", "boolean": "bool", "true": "bool", "false": "bool"}


@cache
def known_types() -> dict[str, Any]:
    """Types by `type@version`: the body, and the objects that it refers to."""
    return json.loads(Path(__file__).with_name("resource_types.json").read_text("utf-8"))


def find_type_problems(template: Template) -> Iterator[str]:
    """Every resource of a file against the type and version that it names."""
    for declaration in template.of_kind("resource"):
        known = known_types().get(declaration.target)
        if known is None:
            yield f"line {declaration.line}: {declaration.target} is not in resource_types.json"
            continue
        body = declared_body(declaration)
        if body is not None and not declaration.is_existing:
            checker = _Checker(known["objects"])
            yield from checker.check_object(body, known["body"], declaration.name, top=True)


class _Checker:
    def __init__(self, objects: dict[str, Any]) -> None:
        self._objects = objects

    def check(self, node: Node, expected: str, path: str) -> Iterator[str]:
        """An expression against a type such as `A | B | string`, `Rule[]` or an object's name."""
        kind = node.type
        if kind == "parenthesized_expression":
            yield from self.check(node.named_children[0], expected, path)
        elif kind == "ternary_expression":
            for branch in node.named_children[1:]:
                yield from self.check(branch, expected, path)
        elif kind == "call_expression":
            yield from self._check_call(node, expected, path)
        elif kind in ("array", "for_statement"):
            yield from self._check_array(node, expected, path)
        elif kind == "object":
            yield from self._check_object(node, expected, path, partial=False)
        else:
            yield from self._check_scalar(node, expected, path)

    def _check_call(self, node: Node, expected: str, path: str) -> Iterator[str]:
        arguments = next(child for child in node.children if child.type == "arguments")
        if text(node.children[0]) == "union":
            for argument in _results(arguments.named_children):
                if argument.type == "object":
                    yield from self._check_object(argument, expected, path, partial=True)
        elif text(node.children[0]) == "concat":
            for argument in _results(arguments.named_children):
                if argument.type == "array":
                    yield from self.check(argument, expected, path)

    def _check_array(self, node: Node, expected: str, path: str) -> Iterator[str]:
        if not expected.endswith("[]"):
            if expected not in ("any", "object"):
                yield f"line {node.start_point[0] + 1}: {path} is an array and should be {expected}"
            return
        is_loop = node.type == "for_statement"
        items = node.named_children[-1:] if is_loop else node.named_children
        for item in items:
            yield from self.check(item, expected[:-2], f"{path}[]")

    def _check_object(
        self, node: Node, expected: str, path: str, *, partial: bool
    ) -> Iterator[str]:
        if expected.endswith("[]") or expected in ("string", "int", "bool"):
            yield f"line {node.start_point[0] + 1}: {path} is an object and should be {expected}"
            return
        known = self._objects.get(expected)
        if known is None:
            return
        if "variants" in known:
            discriminator = known["by"]
            chosen = plain_string(properties(node).get(discriminator))
            if chosen not in known["variants"]:
                names = sorted(known["variants"])
                where = f"line {node.start_point[0] + 1}: {path}"
                yield f"{where}.{discriminator} is not one of {names}"
                return
            known = known["variants"][chosen]
        yield from self.check_object(node, known, path, partial=partial)

    def check_object(
        self,
        node: Node,
        known: dict[str, str],
        path: str,
        *,
        top: bool = False,
        partial: bool = False,
    ) -> Iterator[str]:
        """An object's properties against `{name: type}`; `!` is required, `-` is read only."""
        given = properties(node)
        for name, value in given.items():
            if top and name in _OPEN:
                continue
            where = f"line {value.start_point[0] + 1}: {path}.{name}"
            if name not in known:
                yield f"{where} does not exist; there are {', '.join(sorted(known))}"
            elif known[name].startswith("-"):
                yield f"{where} is read only"
            else:
                yield from self.check(value, known[name].removeprefix("!"), f"{path}.{name}")
        if not partial:
            for name, expected in known.items():
                if expected.startswith("!") and name not in given:
                    yield f"line {node.start_point[0] + 1}: {path} lacks {name}"

    def _check_scalar(self, node: Node, expected: str, path: str) -> Iterator[str]:
        where = f"line {node.start_point[0] + 1}: {path}"
        literal = _LITERALS.get(node.type)
        options = expected.split(" | ")
        if literal:
            if literal not in options and options[0] in _PRIMITIVES and options[0] != "any":
                yield f"{where} is {text(node)} and should be {expected}"
        elif node.type == "string" and (value := plain_string(node)) is not None:
            names = [option for option in options if option not in _PRIMITIVES]
            if (
                options[0] in ("int", "bool")
                or expected.endswith("[]")
                or options[0] in self._objects
            ):
                yield f"{where} is text and should be {expected}"
            # An open enumeration takes other values too; these templates use none.
            elif names and value not in names:
                yield f"{where}: {value!r} is not one of {names}"


def _results(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.type == "ternary_expression":
            yield from _results(node.named_children[1:])
        elif node.type == "parenthesized_expression":
            yield from _results(node.named_children)
        else:
            yield node


def used_types(templates: list[Template]) -> set[str]:
    """The `type@version` of every resource declared."""
    return {item.target for template in templates for item in template.of_kind("resource")}


def role_ids_in(template: Template) -> set[str]:
    """Role definition ids written out in a file, instead of taken from infra/role-ids.json."""
    return {
        value
        for node in walk(template.root)
        if (value := plain_string(node)) is not None and len(value) == 36 and value.count("-") == 4
    }
