"""Bicep files as trees: what each declares, and the questions that the checks ask of a tree.

The parser is tree-sitter's: it knows the language's syntax and nothing of its meaning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_bicep.language()))
_KINDS = {
    "parameter_declaration": "param",
    "variable_declaration": "var",
    "resource_declaration": "resource",
    "module_declaration": "module",
    "output_declaration": "output",
}


@dataclass(frozen=True)
class Declaration:
    """One named thing of a file; `target` is a resource's type or a module's path."""

    kind: str
    name: str
    node: Node
    target: str = ""
    decorators: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        return self.node.start_point[0] + 1

    @property
    def is_existing(self) -> bool:
        return any(text(child) == "existing" for child in self.node.children)

    @property
    def value(self) -> Node | None:
        """What stands behind the equals sign."""
        kinds = [child.type for child in self.node.children]
        return self.node.children[kinds.index("=") + 1] if "=" in kinds else None


@dataclass(frozen=True)
class Template:
    """A parsed .bicep file."""

    path: Path
    root: Node = field(repr=False)

    @cached_property
    def declarations(self) -> dict[str, Declaration]:
        """Everything declared but the outputs, whose names are a world of their own."""
        return {item.name: item for item in self._declared if item.kind != "output"}

    @cached_property
    def outputs(self) -> dict[str, Declaration]:
        return {item.name: item for item in self._declared if item.kind == "output"}

    def of_kind(self, kind: str) -> list[Declaration]:
        return [item for item in self._declared if item.kind == kind]

    @cached_property
    def _declared(self) -> list[Declaration]:
        found: list[Declaration] = []
        decorators: list[str] = []
        for node in self.root.named_children:
            if node.type in ("decorators", "decorator"):
                decorators.append(text(node))
            elif kind := _KINDS.get(node.type):
                name = next(child for child in node.children if child.type == "identifier")
                target = next((child for child in node.children if child.type == "string"), None)
                inner = [text(child) for child in node.children if child.type == "decorators"]
                found.append(
                    Declaration(
                        kind,
                        text(name),
                        node,
                        (plain_string(target) or "") if target is not None else "",
                        (*decorators, *inner),
                    )
                )
                decorators = []
        return found

    def syntax_errors(self) -> list[int]:
        """The lines that are not Bicep."""
        return sorted(
            {
                node.start_point[0] + 1
                for node in walk(self.root)
                if node.type == "ERROR" or node.is_missing
            }
        )


def parse(path: Path) -> Template:
    """Parse one file; errors of syntax are in the result, not raised."""
    return _parse(path, path.read_bytes())


@cache
def _parse(path: Path, content: bytes) -> Template:
    return Template(path, _PARSER.parse(content).root_node)


def parse_folder(folder: Path) -> dict[Path, Template]:
    """Every .bicep file below a folder, by its resolved path."""
    return {path.resolve(): parse(path) for path in sorted(folder.rglob("*.bicep"))}


def text(node: Node) -> str:
    return (node.text or b"").decode()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in node.children:
        yield from walk(child)


def plain_string(node: Node | None) -> str | None:
    """The content of a string without interpolation, else None."""
    if node is None or node.type != "string":
        return None
    if any(child.type == "interpolation" for child in node.children):
        return None
    content = "".join(text(child) for child in node.children if child.type != "'")
    return content.replace("\\'", "'")


def properties(node: Node) -> dict[str, Node]:
    """The properties of an object with their values; those with computed names are left out."""
    found: dict[str, Node] = {}
    for child in node.named_children:
        if child.type == "object_property" and len(child.named_children) > 1:
            key = child.named_children[0]
            name = plain_string(key) if key.type == "string" else text(key)
            if name is not None:
                found[name] = child.named_children[-1]
    return found


def declared_body(declaration: Declaration) -> Node | None:
    """The object of a resource or module, behind its condition and its loop."""
    node = declaration.value
    while node is not None and node.type in ("if_statement", "for_statement"):
        node = next(
            (
                child
                for child in reversed(node.named_children)
                if child.type in ("object", "if_statement", "for_statement")
            ),
            None,
        )
    return node
