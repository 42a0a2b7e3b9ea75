"""Names in Bicep: each one that is used is declared, and each one that is declared is used."""

from collections.abc import Iterator

from tree_sitter import Node

from tests.architecture.bicep.syntax import Template, text, walk

# What these templates may call; a name that is not here is misspelt, or has to be added.
FUNCTIONS = {
    *("any", "concat", "empty", "environment", "guid", "items", "length", "loadJsonContent"),
    *("loadTextContent", "max", "min", "replace", "resourceGroup", "string", "subscription"),
    *("subscriptionResourceId", "tenant", "toLower", "union", "uniqueString"),
}
DECORATORS = {
    *("allowed", "batchSize", "description", "maxLength", "maxValue", "metadata", "minLength"),
    *("minValue", "secure"),
}
_LOOP_NAMES = ("identifier", "loop_variable", "loop_enumerator")
_DECLARING = {
    "parameter_declaration",
    "variable_declaration",
    "resource_declaration",
    "module_declaration",
    "output_declaration",
}


def find_name_problems(template: Template) -> Iterator[str]:
    """Unknown names, and parameters and variables that nothing reads."""
    used: set[str] = set()
    for node, scope in _uses(template.root, frozenset()):
        name = text(node)
        used.add(name)
        if name in template.declarations or name in scope:
            continue
        allowed = DECORATORS if _in_decorator(node) else FUNCTIONS
        if name not in allowed:
            yield f"line {node.start_point[0] + 1}: nothing is called {name}"
    for item in template.declarations.values():
        if item.kind in ("param", "var") and item.name not in used:
            yield f"line {item.line}: {item.kind} {item.name} is never used"
        if item.kind == "resource" and item.is_existing and item.name not in used:
            yield f"line {item.line}: existing resource {item.name} is never used"


def used_names(node: Node) -> set[str]:
    """The names that an expression or a declaration reads."""
    return {text(item) for item, _ in _uses(node, frozenset())}


def _uses(node: Node, scope: frozenset[str]) -> Iterator[tuple[Node, frozenset[str]]]:
    if node.type == "for_statement":
        scope = scope | _loop_variables(node)
    if node.type == "identifier" and _is_use(node):
        yield node, scope
    for child in node.children:
        yield from _uses(child, scope)


def _loop_variables(node: Node) -> frozenset[str]:
    names: set[str] = set()
    for child in node.children:
        if child.type == "in":
            break
        names |= {text(item) for item in walk(child) if item.type in _LOOP_NAMES}
    return frozenset(names)


def _is_use(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    if parent.type in _DECLARING:
        first = next(child for child in parent.children if child.type == "identifier")
        return first.id != node.id
    if parent.type == "object_property" and len(parent.named_children) > 1:
        return parent.named_children[0].id != node.id
    return True


def _in_decorator(node: Node) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.type in ("decorator", "decorators"):
            return True
        parent = parent.parent
    return False
