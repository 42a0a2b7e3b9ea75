"""Any value made to fit any JSON schema; nothing at all becomes the schema's smallest instance.

A model under `strict` structured output cannot answer anything that its schema forbids, and the
stand-in keeps that promise for schemas it has never seen.
"""

import math
import re
from collections.abc import Callable

from local.model.json_values import Json, JsonObject, as_list, as_object, as_objects, as_texts
from local.model.schema_scalars import (
    LARGEST,
    MISSING,
    Candidate,
    Missing,
    UnsupportedSchemaError,
    fit_number,
    fit_string,
    read_bound,
)

DEEPEST = 60


def build_instance(schema: JsonObject, value: Candidate = MISSING) -> Json:
    """The instance of the schema that is nearest to the value, or its smallest one.

    Keys that the schema does not know are dropped, missing required ones are added, numbers and
    lengths are brought into their bounds.

    Raises:
        UnsupportedSchemaError: the schema uses a rule that this builder does not know.
    """
    try:
        return _Builder(schema).fit(value, schema, 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise UnsupportedSchemaError(f"a rule that cannot be applied ({error})") from error


class _Builder:
    def __init__(self, root: JsonObject) -> None:
        self._root = root
        self._by_type: dict[str, Callable[[Candidate, JsonObject, int], Json]] = {
            "object": self._fit_object,
            "array": self._fit_array,
            "string": lambda value, schema, _: fit_string(value, schema),
            "integer": lambda value, schema, _: int(fit_number(value, schema, whole=True)),
            "number": lambda value, schema, _: fit_number(value, schema, whole=False),
            "boolean": lambda value, _schema, _depth: value if isinstance(value, bool) else False,
            "null": lambda _value, _schema, _depth: None,
        }

    def fit(self, value: Candidate, schema: JsonObject, depth: int) -> Json:
        if depth > DEEPEST:
            raise UnsupportedSchemaError("the schema requires itself without end")
        schema = self._resolve(schema)
        if "const" in schema:
            return schema["const"]
        if choices := as_list(schema.get("enum")):
            return next((choice for choice in choices if _same(choice, value)), choices[0])
        branches = as_objects(schema.get("anyOf")) or as_objects(schema.get("oneOf"))
        if branches:
            return self._fit_branch(value, branches, depth)
        kind = self._pick_type(value, schema)
        if kind is None:
            return {} if isinstance(value, Missing) else value
        if kind not in self._by_type:
            raise UnsupportedSchemaError(f"unknown type {kind!r}")
        return self._by_type[kind](value, schema, depth)

    def _resolve(self, schema: JsonObject) -> JsonObject:
        for _ in range(DEEPEST):
            if isinstance(reference := schema.get("$ref"), str):
                schema = {**self._look_up(reference), **_without(schema, "$ref")}
            elif parts := as_objects(schema.get("allOf")):
                schema = _merge([_without(schema, "allOf"), *map(self._resolve, parts)])
            else:
                return schema
        raise UnsupportedSchemaError("a $ref that refers to itself")

    def _look_up(self, reference: str) -> JsonObject:
        if not reference.startswith("#"):
            raise UnsupportedSchemaError(f"$ref {reference!r} outside the schema")
        node: Json = self._root
        for step in reference.removeprefix("#").strip("/").split("/"):
            if step:
                node = as_object(node).get(step.replace("~1", "/").replace("~0", "~"))
        if not isinstance(node, dict):
            raise UnsupportedSchemaError(f"$ref {reference!r} leads nowhere")
        return node

    def _fit_branch(self, value: Candidate, branches: list[JsonObject], depth: int) -> Json:
        resolved = [self._resolve(branch) for branch in branches]
        if not isinstance(value, Missing):
            for branch in resolved:
                if self._accepts(value, branch):
                    return self.fit(value, branch, depth + 1)
            for branch in resolved:
                if any(_is_of_type(value, kind) for kind in _types_of(branch)):
                    return self.fit(value, branch, depth + 1)
        smallest_first = sorted(resolved, key=lambda branch: branch.get("type") != "null")
        problem: UnsupportedSchemaError | None = None
        for branch in smallest_first:
            try:
                return self.fit(MISSING, branch, depth + 1)
            except UnsupportedSchemaError as error:
                problem = error
        raise problem or UnsupportedSchemaError("anyOf without a branch")

    def _accepts(self, value: Json, schema: JsonObject) -> bool:
        if "const" in schema:
            return _same(schema["const"], value)
        if choices := as_list(schema.get("enum")):
            return any(_same(choice, value) for choice in choices)
        kinds = _types_of(schema)
        if kinds and not any(_is_of_type(value, kind) for kind in kinds):
            return False
        return not isinstance(value, dict) or value.keys() >= set(as_texts(schema.get("required")))

    def _pick_type(self, value: Candidate, schema: JsonObject) -> str | None:
        kinds = _types_of(schema)
        if not kinds:
            return None
        if not isinstance(value, Missing):
            for kind in kinds:
                if _is_of_type(value, kind):
                    return kind
        return "null" if "null" in kinds else kinds[0]

    def _fit_object(self, value: Candidate, schema: JsonObject, depth: int) -> Json:
        given = value if isinstance(value, dict) else {}
        required = as_texts(schema.get("required"))
        properties = as_object(schema.get("properties"))
        names = [name for name in properties if name in given or name in required]
        names += [name for name in required if name not in properties]
        return {
            name: self.fit(given.get(name, MISSING), as_object(properties.get(name)), depth + 1)
            for name in names
        }

    def _fit_array(self, value: Candidate, schema: JsonObject, depth: int) -> Json:
        given: list[Candidate] = list(value) if isinstance(value, list) else []
        least = read_bound(schema, "minItems", 0)
        if least > LARGEST:
            raise UnsupportedSchemaError(f"minItems above {LARGEST}")
        most = read_bound(schema, "maxItems", math.inf)
        if schema.get("uniqueItems") is True and least > 1:
            raise UnsupportedSchemaError("uniqueItems with minItems above 1")
        if isinstance(most, int):
            given = given[:most]
        given += [MISSING] * max(0, int(least) - len(given))
        items = as_object(schema.get("items"))
        return [self.fit(entry, items, depth + 1) for entry in given]


def _types_of(schema: JsonObject) -> list[str]:
    kind = schema.get("type")
    if isinstance(kind, str):
        return [kind]
    kinds = as_texts(kind)
    if not kinds and ("properties" in schema or "required" in schema):
        return ["object"]
    return kinds


def _is_of_type(value: Json, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    matches = {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "integer": isinstance(value, int),
        "number": isinstance(value, int | float),
        "null": value is None,
    }
    return matches.get(kind, False)


def _same(choice: Json, value: Candidate) -> bool:
    return type(choice) is type(value) and choice == value


def _without(schema: JsonObject, name: str) -> JsonObject:
    return {key: entry for key, entry in schema.items() if key != name}


def _merge(parts: list[JsonObject]) -> JsonObject:
    merged: JsonObject = {}
    for part in parts:
        properties = {**as_object(merged.get("properties")), **as_object(part.get("properties"))}
        required = [*as_texts(merged.get("required")), *as_texts(part.get("required"))]
        merged = {**merged, **part}
        if properties:
            merged["properties"] = properties
        if required:
            merged["required"] = list[Json](dict.fromkeys(required))
    return merged
