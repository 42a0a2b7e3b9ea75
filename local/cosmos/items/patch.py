"""Partial document update: the operations of a patch applied to a document.

Rules from "Partial document update in Azure Cosmos DB": at most ten operations, a target's parent
must exist, `add` inserts into arrays where `set` overwrites, `incr` creates what is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isinf

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.items.versions import SYSTEM_PROPERTIES
from local.cosmos.policies import Path
from local.cosmos.values import Document, Json

MAX_OPERATIONS = 10
# No array of an item of 2 MB has an index of more digits.
_MAX_INDEX_DIGITS = 7
_MAX_INTEGER = 2**63 - 1
_APPEND = "-"


@dataclass(frozen=True)
class Patch:
    """A parsed patch: its operations in order, and the condition under which it applies."""

    operations: list[Document]
    condition: str | None


def parse_patch(body: Json) -> Patch:
    """Read a patch body: {"condition"?: text, "operations": [...]} or the bare array.

    Raises:
        CosmosError: 400, it has another form.
    """
    condition: Json = None
    if isinstance(body, dict):
        condition, body = body.get("condition"), body.get("operations")
    if not isinstance(body, list) or not body:
        raise bad_request("A patch needs 'operations', an array that is not empty.")
    if len(body) > MAX_OPERATIONS:
        raise bad_request(
            f"A patch may have {MAX_OPERATIONS} operations, this one has {len(body)}."
        )
    if condition is not None and not isinstance(condition, str):
        raise bad_request("The condition of a patch must be text like 'FROM c WHERE c.a = 1'.")
    operations = [entry for entry in body if isinstance(entry, dict)]
    if len(operations) != len(body):
        raise bad_request("Each patch operation must be an object with 'op' and 'path'.")
    return Patch(operations, condition)


def apply_patch(document: Document, patch: Patch, key_paths: tuple[Path, ...]) -> Document:
    """Change a document as a patch says, and return it.

    Raises:
        CosmosError: 400, an operation is malformed or does not fit the document; the document may
            then be changed in part, and is to be thrown away.
    """
    for index, operation in enumerate(patch.operations):
        try:
            _apply(document, operation, key_paths)
        except CosmosError as error:
            raise bad_request(f"Patch operation {index}: {error.message}") from error
    return document


def _apply(document: Document, operation: Document, key_paths: tuple[Path, ...]) -> None:
    name = str(operation.get("op", "")).lower()
    path = _parse_path(operation.get("path"), key_paths)
    if name == "move":
        source = _parse_path(operation.get("from"), key_paths)
        if path[: len(source)] == source and path != source:
            raise bad_request("an item cannot be moved into itself.")
        value = _remove(document, source)
        _set(document, path, value, insert=True)
        return
    if name == "remove":
        _remove(document, path)
        return
    editor = _EDITORS.get(name)
    if editor is None:
        known = ", ".join([*_EDITORS, "remove", "move"])
        raise bad_request(f"unknown operation {name!r}; there are {known}.")
    if "value" not in operation:
        raise bad_request(f"'{name}' needs a 'value'.")
    editor(document, path, operation["value"])


def _parse_path(value: Json, key_paths: tuple[Path, ...]) -> list[str]:
    if not isinstance(value, str) or not value.startswith("/") or value == "/":
        raise bad_request(f"path {value!r} must look like '/property/inner'.")
    path = [part.replace("~1", "/").replace("~0", "~") for part in value[1:].split("/")]
    if path == ["id"] or (path[0] in SYSTEM_PROPERTIES):
        raise bad_request(f"'{value}' cannot be patched.")
    if any(tuple(path) == key[: len(path)] for key in key_paths):
        raise bad_request(f"'{value}' is part of the partition key and cannot be patched.")
    return path


def _parent(document: Document, path: list[str]) -> Document | list[Json]:
    holder: Json = document
    for depth, part in enumerate(path[:-1]):
        if isinstance(holder, dict) and part in holder:
            holder = holder[part]
        elif isinstance(holder, list):
            holder = holder[_index(part, len(holder) - 1)]
        else:
            raise bad_request(f"'/{'/'.join(path[: depth + 1])}' does not exist.")
    if not isinstance(holder, dict | list):
        raise bad_request(f"'/{'/'.join(path[:-1])}' is neither an object nor an array.")
    return holder


def _index(part: str, last: int) -> int:
    if not part.isdecimal() or len(part) > _MAX_INDEX_DIGITS or int(part) > last:
        raise bad_request(f"'{part}' is no index of an array that ends at {last}.")
    return int(part)


def _set(document: Document, path: list[str], value: Json, *, insert: bool) -> None:
    holder, name = _parent(document, path), path[-1]
    if isinstance(holder, dict):
        holder[name] = value
    elif name == _APPEND:
        holder.append(value)
    elif insert:
        holder.insert(_index(name, len(holder)), value)
    else:
        position = _index(name, len(holder))
        holder[position : position + 1] = [value]


def _get(document: Document, path: list[str]) -> tuple[bool, Json]:
    holder, name = _parent(document, path), path[-1]
    if isinstance(holder, dict):
        return name in holder, holder.get(name)
    if name.isdecimal() and len(name) <= _MAX_INDEX_DIGITS and int(name) < len(holder):
        return True, holder[int(name)]
    return False, None


def _remove(document: Document, path: list[str]) -> Json:
    holder, name = _parent(document, path), path[-1]
    if isinstance(holder, dict):
        if name not in holder:
            raise bad_request(f"'/{'/'.join(path)}' does not exist.")
        return holder.pop(name)
    return holder.pop(_index(name, len(holder) - 1))


def _add(document: Document, path: list[str], value: Json) -> None:
    _set(document, path, value, insert=True)


def _overwrite(document: Document, path: list[str], value: Json) -> None:
    _set(document, path, value, insert=False)


def _replace(document: Document, path: list[str], value: Json) -> None:
    exists, _ = _get(document, path)
    if not exists:
        raise bad_request(f"'/{'/'.join(path)}' does not exist.")
    _set(document, path, value, insert=False)


def _increment(document: Document, path: list[str], value: Json) -> None:
    if path[-1] == _APPEND and isinstance(_parent(document, path), list):
        raise bad_request(f"'incr' needs a number at '/{'/'.join(path)}', not the end of an array.")
    exists, current = _get(document, path)
    if not _is_number(value) or (exists and not _is_number(current)):
        raise bad_request(f"'incr' needs numbers, in 'value' and at '/{'/'.join(path)}'.")
    total = _sum(_as_number(current), _as_number(value)) if exists else value
    _set(document, path, total, insert=False)


def _sum(left: int | float, right: int | float) -> int | float:
    """The sum, as a double where it fits no 64-bit integer; 400 if it fits neither."""
    total = left + right
    if isinstance(total, int) and abs(total) > _MAX_INTEGER:
        total = float(total)
    if isinf(total):
        raise bad_request("the sum is too large for a number.")
    return total


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_number(value: Json) -> int | float:
    return value if isinstance(value, int | float) else 0


_EDITORS: dict[str, Callable[[Document, list[str], Json], None]] = {
    "add": _add,
    "set": _overwrite,
    "replace": _replace,
    "incr": _increment,
}
