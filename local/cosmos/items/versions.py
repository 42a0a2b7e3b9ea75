"""From the document that a client sent to the version that is stored."""

import struct
import uuid

import orjson

from local.cosmos.items.rules import check_depth, check_size, check_ttl, too_deep
from local.cosmos.policies import Path, VectorPolicy
from local.cosmos.storage.containers import Container
from local.cosmos.storage.identifiers import item_rid
from local.cosmos.storage.rows import NewVersion
from local.cosmos.values import Document, Json, write_json

LARGEST_FLOAT32 = 3.4028234663852886e38
SYSTEM_PROPERTIES = ("_rid", "_self", "_etag", "_attachments", "_ts")


def new_etag() -> str:
    """A version's name, quotes included, as it stands in _etag and in If-Match."""
    return f'"{uuid.uuid4()}"'


def build_version(container: Container, number: int, document: Document, now: float) -> NewVersion:
    """Give a document its system properties and serialise it.

    Raises:
        CosmosError: 400 for its ttl, 413 for its size.
    """
    ttl = check_ttl(document)
    etag = new_etag()
    rid = item_rid(container.database.number, container.number, number)
    stored = {
        name: value
        for name, value in document.items()
        if name not in SYSTEM_PROPERTIES and name != "_lsn"
    }
    stored |= {
        "_rid": rid,
        "_self": f"dbs/{container.database.rid}/colls/{container.rid}/docs/{rid}/",
        "_etag": etag,
        "_attachments": "attachments/",
        "_ts": int(now),
    }
    try:
        body = write_json(stored)
    except orjson.JSONEncodeError as error:  # of what has been parsed, only depth is too much
        raise too_deep() from error
    check_size(body)
    check_depth(stored, body)
    slim, vector = _split_vectors(container.vectors, stored)
    return NewVersion(etag, now, ttl, body, slim, vector)


def _split_vectors(
    policies: tuple[VectorPolicy, ...], document: Document
) -> tuple[bytes | None, bytes | None]:
    """The body without its vectors, and the vectors packed: their policy's index, then float32.

    A property that is no vector of the policy's length stays in the body.
    """
    slim, packed = document, b""
    for index, policy in enumerate(policies):
        vector = _vector_at(document, policy)
        if vector is not None:
            packed += struct.pack(f"<B{policy.dimensions}f", index, *vector)
            slim = _without(slim, policy.path)
    return (write_json(slim), packed) if packed else (None, None)


def _vector_at(document: Document, policy: VectorPolicy) -> list[float] | None:
    value: Json = document
    for name in policy.path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, list) or len(value) != policy.dimensions:
        return None
    numbers = [
        float(entry)
        for entry in value
        if isinstance(entry, int | float)
        and not isinstance(entry, bool)
        and abs(entry) <= LARGEST_FLOAT32
    ]
    return numbers if len(numbers) == policy.dimensions else None


def _without(document: Document, path: Path) -> Document:
    copy = dict(document)
    if len(path) == 1:
        del copy[path[0]]
        return copy
    inner = copy[path[0]]
    if isinstance(inner, dict):
        copy[path[0]] = _without(inner, path[1:])
    return copy
