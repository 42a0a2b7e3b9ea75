"""Containers: create, read, list, replace, delete."""

import time

from local.cosmos.errors import bad_request
from local.cosmos.indexing import parse_index_policy
from local.cosmos.items.rules import MAX_TTL, check_id
from local.cosmos.items.versions import new_etag
from local.cosmos.partition_key import parse_definition
from local.cosmos.policies import parse_vector_policies
from local.cosmos.routes.service import Service
from local.cosmos.storage.containers import Container
from local.cosmos.throughput import throughput_of_headers
from local.cosmos.values import Document, Json, write_json
from local.cosmos.wire import Call, Reply, feed_reply, json_reply

_KNOWN = (
    "id",
    "partitionKey",
    "defaultTtl",
    "indexingPolicy",
    "vectorEmbeddingPolicy",
    "fullTextPolicy",
    "conflictResolutionPolicy",
    "geospatialConfig",
)
# Taken only when empty: what they ask for would be ignored otherwise.
_NOT_SUPPORTED = {
    "uniqueKeyPolicy": "uniqueKeys",
    "computedProperties": None,
    "analyticalStorageTtl": None,
    "changeFeedPolicy": None,
    "materializedViewDefinition": None,
}


async def create_container(service: Service, call: Call) -> Reply:
    """POST /dbs/{id}/colls."""
    catalog = service.store.catalog
    database = catalog.database(call.segments[1])
    properties = _check(call.document())
    name, throughput = check_id(properties["id"]), throughput_of_headers(call.headers)
    container = await service.store.writer.run(
        lambda: catalog.create_container(database, name, properties, throughput)
    )
    return _describe(service, 201, container)


async def list_containers(service: Service, call: Call) -> Reply:
    """GET /dbs/{id}/colls, all in one page."""
    database = service.store.catalog.database(call.segments[1])
    found = service.store.catalog.containers(database)
    entries = [write_json(container.properties) for container in found]
    return feed_reply("DocumentCollections", database.rid, entries, 1.0)


async def read_container(service: Service, call: Call) -> Reply:
    """GET /dbs/{id}/colls/{id}."""
    return _describe(service, 200, service.container(call))


async def replace_container(service: Service, call: Call) -> Reply:
    """PUT /dbs/{id}/colls/{id}: the partition key and the vectors cannot change."""
    container = service.container(call)
    properties = _check(call.document())
    for name in ("id", "partitionKey", "vectorEmbeddingPolicy"):
        if properties.get(name) != container.properties.get(name):
            raise bad_request(f"'{name}' of a container cannot be changed: create another one.")
    links = {name: value for name, value in container.properties.items() if name[0] == "_"}
    updated = links | properties
    catalog = service.store.catalog
    changed = await service.store.writer.run(lambda: catalog.replace_container(container, updated))
    return _describe(service, 200, changed)


async def delete_container(service: Service, call: Call) -> Reply:
    """DELETE /dbs/{id}/colls/{id}, with its items."""
    container = service.container(call)
    catalog = service.store.catalog
    await service.store.writer.run(lambda: catalog.delete_container(container))
    return Reply(204)


def _describe(service: Service, status: int, container: Container) -> Reply:
    reply = json_reply(status, container.properties)
    reply.headers["x-ms-alt-content-path"] = f"dbs/{container.database.id}"
    return reply


def _check(body: Document) -> Document:
    """The properties to store: validated, with the service's defaults filled in."""
    for name, inner in _NOT_SUPPORTED.items():
        value = body.get(name)
        if isinstance(value, dict) and inner is not None:
            value = value.get(inner)
        if value:
            raise bad_request(f"'{name}' is not supported by this server.")
    check_id(body.get("id"))
    parse_definition(body.get("partitionKey"))
    parse_vector_policies(body)
    parse_index_policy(body)
    _check_ttl(body.get("defaultTtl"))
    properties = {name: body[name] for name in _KNOWN if body.get(name) is not None}
    key = properties["partitionKey"]
    if isinstance(key, dict):
        properties["partitionKey"] = {"kind": "Hash", "version": 2} | key
    policy = properties.get("indexingPolicy")
    properties["indexingPolicy"] = _default_indexing() | (
        policy if isinstance(policy, dict) else {}
    )
    return properties | {"_etag": new_etag(), "_ts": int(time.time())}


def _default_indexing() -> Document:
    return {
        "indexingMode": "consistent",
        "automatic": True,
        "includedPaths": [{"path": "/*"}],
        "excludedPaths": [{"path": '/"_etag"/?'}],
    }


def _check_ttl(value: Json) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or value == 0 or value < -1:
        raise bad_request(f"'defaultTtl' {value!r} must be -1 or a positive number of seconds.")
    if value > MAX_TTL:
        raise bad_request(f"'defaultTtl' {value} is more than {MAX_TTL}.")
