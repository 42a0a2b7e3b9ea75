"""The partition key ranges of a container, and their splits."""

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.routes.service import Service
from local.cosmos.storage.containers import Container
from local.cosmos.storage.ranges import PartitionRange, highest_range_id
from local.cosmos.storage.rows import largest_range
from local.cosmos.values import Document, write_json
from local.cosmos.wire import Call, Reply, feed_reply

_MAX_ID_DIGITS = 18


async def list_ranges(service: Service, call: Call) -> Reply:
    """GET .../pkranges, as a change feed: what came since If-None-Match, 304 if nothing did.

    Parents of a split are not listed; their ids are with the children.
    """
    container = service.container(call)
    newest = highest_range_id(container.ranges)
    known = _known(container, call.headers.get("if-none-match"))
    if known == newest:
        raise CosmosError(304, "The partition key ranges have not changed.")
    new = [part for part in container.ranges if int(part.id) > known]
    entries = [write_json(_describe(container, part)) for part in new]
    reply = feed_reply("PartitionKeyRanges", container.rid, entries, 1.0)
    reply.headers["etag"] = _etag(container, newest)
    return reply


def _etag(container: Container, newest: int) -> str:
    return f'"{container.rid}:{newest}"'


def _known(container: Container, etag: str | None) -> int:
    """The highest id that a client has heard of, -1 for none of this container."""
    rid, _, number = (etag or "").strip('"').rpartition(":")
    plausible = rid == container.rid and number.isdecimal() and len(number) <= _MAX_ID_DIGITS
    return int(number) if plausible else -1


def _describe(container: Container, part: PartitionRange) -> Document:
    return {
        "_rid": container.rid,
        "id": part.id,
        "_etag": _etag(container, int(part.id)),
        "minInclusive": part.minimum,
        "maxExclusive": part.maximum,
        "ridPrefix": int(part.id),
        "_self": f"dbs/{container.database.rid}/colls/{container.rid}/pkranges/{part.id}/",
        "throughputFraction": 1 / len(container.ranges),
        "status": "online",
        "parents": list(part.parents),
        "_ts": container.properties["_ts"],
    }


async def split_partition(service: Service, order: Document) -> Document:
    """Split a physical partition, the one with the most items if none is named.

    The order names database and container, may name the range, and the EPK to cut `at` instead of
    its middle. Returns the parent and its children.

    Raises:
        CosmosError: 400, the order is not like that; 404, there is no such container or range.
    """
    database, name = order.get("database"), order.get("container")
    wanted, at = order.get("range"), order.get("at")
    if not isinstance(database, str) or not isinstance(name, str):
        raise bad_request("A split needs 'database' and 'container', their ids.")
    if not isinstance(wanted, str | None) or not isinstance(at, str | None):
        raise bad_request("'range', an id, and 'at', an effective partition key, must be strings.")
    store = service.store
    container = store.catalog.container(database, name)
    if wanted is None:
        part = largest_range(store.reader, container)
    else:
        part = next((one for one in container.ranges if one.id == wanted), None)
    if part is None:
        raise CosmosError(404, f"Container '{name}' has no partition key range '{wanted}'.")
    children = await store.writer.run(lambda: store.catalog.split(container, part, at), alone=True)
    now = store.catalog.container(database, name)
    return {
        "parent": part.id,
        "children": [_describe(now, child) for child in children],
    }
