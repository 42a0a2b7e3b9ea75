"""Databases: create, read, list, query, delete."""

import time

from local.cosmos.errors import bad_request
from local.cosmos.items.rules import check_id
from local.cosmos.items.versions import new_etag
from local.cosmos.routes.service import Service
from local.cosmos.throughput import throughput_of_headers
from local.cosmos.values import Document, write_json
from local.cosmos.wire import Call, Reply, feed_reply, json_reply


async def create_database(service: Service, call: Call) -> Reply:
    """POST /dbs."""
    body = call.document()
    name = check_id(body.get("id"))
    properties: Document = {"id": name, "_etag": new_etag(), "_ts": int(time.time())}
    catalog, throughput = service.store.catalog, throughput_of_headers(call.headers)
    database = await service.store.writer.run(
        lambda: catalog.create_database(name, properties, throughput)
    )
    return json_reply(201, database.properties)


async def list_databases(service: Service, call: Call) -> Reply:
    """GET /dbs, all in one page."""
    databases = service.store.catalog.databases()
    return feed_reply("Databases", "", [write_json(found.properties) for found in databases], 1.0)


async def read_database(service: Service, call: Call) -> Reply:
    """GET /dbs/{id}."""
    return json_reply(200, service.store.catalog.database(call.segments[1]).properties)


async def delete_database(service: Service, call: Call) -> Reply:
    """DELETE /dbs/{id}, with everything in it."""
    catalog = service.store.catalog
    database = catalog.database(call.segments[1])
    await service.store.writer.run(lambda: catalog.delete_database(database))
    return Reply(204)


async def refuse_query(service: Service, call: Call) -> Reply:
    """POST /dbs or .../colls with a query."""
    raise bad_request(
        f"Queries over '{call.segments[-1]}' are not supported: list them instead "
        "(list_databases, list_containers)."
    )
