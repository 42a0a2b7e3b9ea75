"""Partition keys: their definition, their values, and the hash that places them (version 2).

The effective partition key (EPK) is a hex string; physical partitions follow its order. Clients
compute it too - for prefixes of hierarchical keys and for feed ranges - so it must be the same as
the service's, bit for bit: MurmurHash3 x64 128 of the encoded value, its two top bits cleared; one
hash over all components for Hash, one per component, concatenated, for MultiHash.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache

import mmh3
import orjson

from local.cosmos.errors import bad_request
from local.cosmos.values import Document, Json, read_json, write_json

# An absent component travels as an empty object.
ABSENT: Document = {}
MAX_PATHS = 3
MIN_EPK, MAX_EPK = "", "FF"


@dataclass(frozen=True)
class PartitionKeyDefinition:
    """How a container is partitioned: the paths, split into property names, and the kind."""

    paths: tuple[tuple[str, ...], ...]
    hierarchical: bool


@dataclass(frozen=True)
class PartitionKey:
    """A complete partition key value: canonical text, to compare, and its EPK, to place it."""

    text: str
    epk: str


def parse_definition(body: Json) -> PartitionKeyDefinition:
    """Read the partitionKey object of a container.

    Raises:
        CosmosError: 400, a part of it is missing, contradictory or not supported.
    """
    if not isinstance(body, dict):
        raise bad_request("A container needs a 'partitionKey' object with 'paths'.")
    paths = body.get("paths")
    if not isinstance(paths, list) or not 1 <= len(paths) <= MAX_PATHS:
        raise bad_request(f"'partitionKey.paths' must name 1 to {MAX_PATHS} paths.")
    kind = body.get("kind", "Hash")
    if kind not in ("Hash", "MultiHash") or (kind == "Hash" and len(paths) > 1):
        raise bad_request(
            f"partition key kind {kind!r} with {len(paths)} paths is not supported: "
            "Hash takes one path, MultiHash up to three."
        )
    if body.get("version", 2) != 2:
        raise bad_request("Only partition key version 2 is supported: set 'version' to 2.")
    return PartitionKeyDefinition(tuple(_split_path(path) for path in paths), kind == "MultiHash")


def _split_path(path: Json) -> tuple[str, ...]:
    if not isinstance(path, str) or not path.startswith("/") or len(path) == 1:
        raise bad_request(f"Partition key path {path!r} must look like '/property'.")
    return tuple(part.strip('"') for part in path[1:].split("/"))


def key_of_document(definition: PartitionKeyDefinition, document: Document) -> PartitionKey:
    """The partition key that a document has by its own properties."""
    return _build_key(definition, tuple(_component_at(document, path) for path in definition.paths))


def _component_at(document: Document, path: tuple[str, ...]) -> Json:
    value: Json = document
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
    if isinstance(value, list | dict):
        raise bad_request(
            f"The partition key value at '/{'/'.join(path)}' must be a string, a number, a boolean "
            "or null."
        )
    return value


def key_of_header(definition: PartitionKeyDefinition, header: str) -> PartitionKey:
    """The partition key of header x-ms-documentdb-partitionkey, a JSON array.

    Raises:
        CosmosError: 400, not such an array, or not as many components as the container has paths.
    """
    return _key_of_header(definition, header)


@lru_cache(maxsize=8192)
def _key_of_header(definition: PartitionKeyDefinition, header: str) -> PartitionKey:
    components = parse_components(header)
    if not components:
        components = tuple(ABSENT for _ in definition.paths)
    if len(components) != len(definition.paths):
        raise bad_request(
            f"The partition key has {len(components)} components, the container has "
            f"{len(definition.paths)} paths.",
            1001,
        )
    return _build_key(definition, components)


def parse_components(header: str) -> tuple[Json, ...]:
    """The components of a partition key header, scalars or the empty object."""
    try:
        parsed = read_json(header)
    except orjson.JSONDecodeError as error:
        raise bad_request("x-ms-documentdb-partitionkey is not JSON.") from error
    if not isinstance(parsed, list) or any(
        isinstance(part, list) or (isinstance(part, dict) and part) for part in parsed
    ):
        raise bad_request("x-ms-documentdb-partitionkey must be a JSON array of scalars.")
    return tuple(parsed)


def _build_key(definition: PartitionKeyDefinition, components: tuple[Json, ...]) -> PartitionKey:
    canonical = [
        float(part) if isinstance(part, int) and not isinstance(part, bool) else part
        for part in components
    ]
    return PartitionKey(write_json(canonical).decode(), effective_key(definition, components))


def effective_key(definition: PartitionKeyDefinition, components: tuple[Json, ...]) -> str:
    """The EPK of a key, or of a prefix of a hierarchical one."""
    if definition.hierarchical:
        return "".join(_hash(_encode(part)) for part in components)
    return _hash(b"".join(_encode(part) for part in components))


def prefix_range(
    definition: PartitionKeyDefinition, components: tuple[Json, ...]
) -> tuple[str, str]:
    """The EPK range, its maximum excluded, of all keys that begin with these components."""
    start = effective_key(definition, components)
    return start, start + MAX_EPK


def _encode(component: Json) -> bytes:
    match component:
        case dict():
            return b"\x00"
        case None:
            return b"\x01"
        case False:
            return b"\x02"
        case True:
            return b"\x03"
        case int() | float():
            return b"\x05" + struct.pack("<d", float(component))
        case str():
            return b"\x08" + component.encode() + b"\xff"
        case list():
            raise bad_request("An array cannot be a partition key value.")


def _hash(data: bytes) -> str:
    digest = bytearray(mmh3.hash_bytes(data)[::-1])
    digest[0] &= 0x3F
    return digest.hex().upper()
