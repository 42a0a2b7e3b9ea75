"""Items: create, read, upsert, replace, patch, delete, and batches of these."""

import time
from collections.abc import Callable

from local.cosmos.errors import CosmosError, bad_request, not_found
from local.cosmos.items.batch import parse_batch, run_batch
from local.cosmos.items.operations import Conditions, ItemEditor, Outcome, read_outcome
from local.cosmos.items.patch import parse_patch
from local.cosmos.items.rules import MAX_ITEM_BYTES
from local.cosmos.partition_key import PartitionKey, key_of_header
from local.cosmos.routes.service import Service
from local.cosmos.storage import rows
from local.cosmos.storage.containers import Container
from local.cosmos.values import write_json
from local.cosmos.wire import Call, Reply

KEY_HEADER = "x-ms-documentdb-partitionkey"


def key_of_call(container: Container, call: Call) -> PartitionKey:
    """The partition key in a request's header, or CosmosError 400."""
    header = call.headers.get(KEY_HEADER)
    if header is None:
        raise bad_request(f"Header {KEY_HEADER} is missing: the operation needs a partition key.")
    return key_of_header(container.key_definition, header)


def _conditions(call: Call) -> Conditions:
    return Conditions(call.headers.get("if-match"), call.headers.get("if-none-match"))


async def read_item(service: Service, call: Call) -> Reply:
    """GET .../docs/{id}."""
    container = service.container(call)
    key = key_of_call(container, call)
    name = call.segments[5]
    found = rows.read_item(service.store.reader, container, key, name, time.time())
    if found is None:
        raise not_found("Item", name)
    outcome = read_outcome(found, _conditions(call))
    return _reply(service, container, key, call, outcome)


async def create_item(service: Service, call: Call) -> Reply:
    """POST .../docs."""
    document = call.document()
    return await _write(
        service, call, lambda editor, key: editor.create(key, document, _conditions(call))
    )


async def upsert_item(service: Service, call: Call) -> Reply:
    """POST .../docs with x-ms-documentdb-is-upsert."""
    document = call.document()
    return await _write(
        service, call, lambda editor, key: editor.upsert(key, document, _conditions(call))
    )


async def replace_item(service: Service, call: Call) -> Reply:
    """PUT .../docs/{id}."""
    document, name = call.document(), call.segments[5]
    return await _write(
        service, call, lambda editor, key: editor.replace(key, name, document, _conditions(call))
    )


async def patch_item(service: Service, call: Call) -> Reply:
    """PATCH .../docs/{id}."""
    patch, name = parse_patch(call.json()), call.segments[5]
    return await _write(
        service, call, lambda editor, key: editor.patch(key, name, patch, _conditions(call))
    )


async def delete_item(service: Service, call: Call) -> Reply:
    """DELETE .../docs/{id}."""
    name = call.segments[5]
    return await _write(
        service, call, lambda editor, key: editor.delete(key, name, _conditions(call))
    )


async def _write(
    service: Service, call: Call, operation: Callable[[ItemEditor, PartitionKey], Outcome]
) -> Reply:
    container = service.container(call)
    key = key_of_call(container, call)
    editor = ItemEditor(service.store, container, time.time())
    outcome = await service.store.writer.run(lambda: operation(editor, key))
    return _reply(service, container, key, call, outcome)


def _reply(
    service: Service, container: Container, key: PartitionKey, call: Call, outcome: Outcome
) -> Reply:
    minimal = call.headers.get("prefer") == "return=minimal" and call.method != "GET"
    body = b"" if minimal or outcome.body is None else outcome.body
    reply = Reply(outcome.status, body, outcome.charge)
    if outcome.etag:
        reply.headers["etag"] = outcome.etag
    return service.add_container_headers(reply, container, key.epk)


async def execute_batch(service: Service, call: Call) -> Reply:
    """POST .../docs with x-ms-cosmos-is-batch-request."""
    if len(call.body) > MAX_ITEM_BYTES:
        raise CosmosError(
            413, f"The batch has {len(call.body)} bytes, the limit is {MAX_ITEM_BYTES}: split it."
        )
    if not call.flag("x-ms-cosmos-batch-atomic"):
        raise bad_request("Batches are atomic here: x-ms-cosmos-batch-atomic must be True.")
    container = service.container(call)
    key = key_of_call(container, call)
    operations = parse_batch(call.json())
    editor = ItemEditor(service.store, container, time.time())
    connection = service.store.writer.connection
    outcome = await service.store.writer.run(lambda: run_batch(connection, editor, key, operations))
    reply = Reply(outcome.status, write_json(outcome.results), outcome.charge)
    return service.add_container_headers(reply, container, key.epk)
