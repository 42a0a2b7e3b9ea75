"""Transactional batch: up to 100 operations in one logical partition, all of them or none.

The answer lists one result per operation. If one fails, it carries its own status and all others
424 (Failed Dependency), and the whole answer is 207 instead of 200.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.items.operations import Conditions, ItemEditor, Outcome
from local.cosmos.items.patch import parse_patch
from local.cosmos.items.rules import check_id
from local.cosmos.partition_key import PartitionKey
from local.cosmos.sql.matching import limited_matching
from local.cosmos.values import Document, Json, read_json

MAX_OPERATIONS = 100
FAILED_DEPENDENCY = 424


@dataclass(frozen=True)
class BatchOutcome:
    """Results in the order of the operations, ready to be serialised."""

    status: int
    results: list[Document]
    charge: float


def parse_batch(body: Json) -> list[Document]:
    """The operations of a batch.

    Raises:
        CosmosError: 400, there are none or too many or one is not an object.
    """
    if not isinstance(body, list) or not body:
        raise bad_request("A batch must be an array of operations that is not empty.")
    if len(body) > MAX_OPERATIONS:
        raise bad_request(
            f"A batch may have {MAX_OPERATIONS} operations, this one has {len(body)}: split it."
        )
    operations = [entry for entry in body if isinstance(entry, dict)]
    if len(operations) != len(body):
        raise bad_request("Each operation of a batch must be an object.")
    return operations


def run_batch(
    connection: sqlite3.Connection,
    editor: ItemEditor,
    key: PartitionKey,
    operations: list[Document],
) -> BatchOutcome:
    """Run the operations in order; undo all of them if one fails."""
    outcomes: list[Outcome] = []
    connection.execute("SAVEPOINT batch")
    try:
        with limited_matching():
            for operation in operations:
                outcomes.append(_run_operation(editor, key, operation))
    except CosmosError as error:
        connection.execute("ROLLBACK TO batch")
        connection.execute("RELEASE batch")
        return _failed(operations, len(outcomes), error)
    connection.execute("RELEASE batch")
    results = [_describe(outcome) for outcome in outcomes]
    return BatchOutcome(200, results, round(sum(outcome.charge for outcome in outcomes), 2))


def _run_operation(editor: ItemEditor, key: PartitionKey, operation: Document) -> Outcome:
    kind = operation.get("operationType")
    run = _OPERATIONS.get(kind) if isinstance(kind, str) else None
    if run is None:
        raise bad_request(f"Batch operation type {kind!r} is not one of {list(_OPERATIONS)}.")
    conditions = Conditions(_text(operation, "ifMatch"), _text(operation, "ifNoneMatch"))
    return run(editor, key, operation, conditions)


def _text(operation: Document, name: str) -> str | None:
    value = operation.get(name)
    return value if isinstance(value, str) else None


def _body(operation: Document) -> Document:
    body = operation.get("resourceBody")
    if not isinstance(body, dict):
        raise bad_request("The batch operation needs a 'resourceBody' object.")
    return body


def _create(editor: ItemEditor, key: PartitionKey, given: Document, when: Conditions) -> Outcome:
    return editor.create(key, _body(given), when)


def _upsert(editor: ItemEditor, key: PartitionKey, given: Document, when: Conditions) -> Outcome:
    return editor.upsert(key, _body(given), when)


def _replace(editor: ItemEditor, key: PartitionKey, given: Document, when: Conditions) -> Outcome:
    return editor.replace(key, check_id(given.get("id")), _body(given), when)


def _patch(editor: ItemEditor, key: PartitionKey, given: Document, when: Conditions) -> Outcome:
    return editor.patch(key, check_id(given.get("id")), parse_patch(_body(given)), when)


def _read(editor: ItemEditor, key: PartitionKey, given: Document, when: Conditions) -> Outcome:
    return editor.read(key, check_id(given.get("id")), when)


def _delete(editor: ItemEditor, key: PartitionKey, given: Document, when: Conditions) -> Outcome:
    return editor.delete(key, check_id(given.get("id")), when)


_OPERATIONS: dict[str, Callable[[ItemEditor, PartitionKey, Document, Conditions], Outcome]] = {
    "Create": _create,
    "Upsert": _upsert,
    "Replace": _replace,
    "Patch": _patch,
    "Read": _read,
    "Delete": _delete,
}


def _describe(outcome: Outcome) -> Document:
    result: Document = {"statusCode": outcome.status, "requestCharge": outcome.charge}
    if outcome.etag is not None:
        result["eTag"] = outcome.etag
    if outcome.body is not None:
        result["resourceBody"] = read_json(outcome.body)
    return result


def _failed(operations: list[Document], index: int, error: CosmosError) -> BatchOutcome:
    results: list[Document] = [
        {"statusCode": FAILED_DEPENDENCY, "requestCharge": 0.0} for _ in operations
    ]
    results[index] = {
        "statusCode": error.status,
        "subStatusCode": error.substatus,
        "requestCharge": 1.0,
        "message": error.message,
    }
    return BatchOutcome(207, results, float(len(operations)))
