"""An independent check of a value against the JSON schema rules that strict mode knows."""

import re
from collections.abc import Callable
from typing import Any, Final

_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def find_violation(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> str | None:
    """The first rule of the schema that the value breaks, or None."""
    if reference := schema.get("$ref"):
        node: Any = root
        for step in reference.removeprefix("#").strip("/").split("/"):
            node = node[step] if step else node
        return find_violation(value, node, root)
    if "anyOf" in schema:
        problems = [find_violation(value, branch, root) for branch in schema["anyOf"]]
        return None if None in problems else f"no branch of anyOf takes {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{value!r} is not in {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        return f"{value!r} is not {schema['const']!r}"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_TYPES[kind](value) for kind in kinds):
        return f"{value!r} is not of type {kinds}"
    return _find_inner_violation(value, schema, root)


def _find_inner_violation(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> str | None:
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                return f"{name} is missing"
        if schema.get("additionalProperties") is False and value.keys() - properties.keys():
            return f"unknown keys in {value!r}"
        problems = [
            find_violation(entry, properties.get(name, {}), root) for name, entry in value.items()
        ]
        return next((problem for problem in problems if problem), None)
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9):
            return f"{len(value)} items"
        problems = [find_violation(entry, schema.get("items", {}), root) for entry in value]
        return next((problem for problem in problems if problem), None)
    return _find_scalar_violation(value, schema)


def _find_scalar_violation(value: Any, schema: dict[str, Any]) -> str | None:
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**9):
            return f"length of {value!r}"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"{value!r} does not match {schema['pattern']!r}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not schema.get("minimum", -1e300) <= value <= schema.get("maximum", 1e300):
            return f"{value!r} is out of bounds"
        if "multipleOf" in schema and value % schema["multipleOf"]:
            return f"{value!r} is no multiple of {schema['multipleOf']}"
    return None
