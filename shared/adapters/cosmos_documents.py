"""Reading and querying documents, shared by the Cosmos DB adapters."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from azure.core.async_paging import AsyncItemPaged
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosBatchOperationError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from shared.adapters.cosmos_errors import (
    CONFLICT,
    NOT_FOUND,
    PRECONDITION_FAILED,
    translate_errors,
)
from shared.domain.errors import StoreUnavailableError

type Document = dict[str, Any]
type Operation = tuple[str, tuple[Any, ...], dict[str, Any]]

_MAX_CREATES = 25  # vectors of 1,536 numbers: well under the 2 MB of a batch
ACTIVE = "(NOT IS_DEFINED(c.superseded_by) OR IS_NULL(c.superseded_by))"


class BatchRefusedError(Exception):
    """A transactional batch was refused as a whole; `status` is that of operation `index`."""

    def __init__(self, status: int, index: int) -> None:
        super().__init__(f"operation {index} of a transactional batch answered {status}")
        self.status = status
        self.index = index


async def read_document(
    container: ContainerProxy, document_id: str, partition: list[str]
) -> Document | None:
    """The document, or None if there is none."""
    with translate_errors("a point read"):
        try:
            return dict(await container.read_item(document_id, partition_key=partition))
        except CosmosResourceNotFoundError:
            return None


async def query_pages(
    container: ContainerProxy,
    query: str,
    parameters: Mapping[str, Any],
    partition: list[str] | None = None,
    page_size: int = 500,
    feed_range: Mapping[str, Any] | None = None,
) -> AsyncIterator[list[Document]]:
    """Pages of a query over a partition, a prefix of one, a feed range, or (None) all of them."""
    with translate_errors("a query"):
        scope = _scope(partition, feed_range)
        pages = _query(container, query, parameters, scope, page_size).by_page()
        async for page in pages:
            yield [dict(item) async for item in page]


async def query_documents(
    container: ContainerProxy,
    query: str,
    parameters: Mapping[str, Any],
    partition: list[str] | None = None,
) -> list[Document]:
    """All results of a query that are documents."""
    found: list[Document] = []
    async for page in query_pages(container, query, parameters, partition):
        found += page
    return found


async def query_values(
    container: ContainerProxy,
    query: str,
    parameters: Mapping[str, Any],
    partition: list[str] | None = None,
    feed_range: Mapping[str, Any] | None = None,
) -> list[Any]:
    """All results of a `SELECT VALUE` query."""
    with translate_errors("a query"):
        scope = _scope(partition, feed_range)
        return [value async for value in _query(container, query, parameters, scope, 500)]


def _scope(partition: list[str] | None, feed_range: Mapping[str, Any] | None) -> dict[str, Any]:
    if feed_range is not None:
        return {"feed_range": dict(feed_range)}
    return {"partition_key": partition} if partition else {}


def _query(
    container: ContainerProxy,
    query: str,
    parameters: Mapping[str, Any],
    scope: Mapping[str, Any],
    page_size: int,
) -> AsyncItemPaged[Any]:
    bound: list[dict[str, object]] = [
        {"name": f"@{name}", "value": value} for name, value in parameters.items()
    ]
    query_items: Any = (
        container.query_items
    )  # its overloads do not cover a scope chosen at run time
    return query_items(query, parameters=bound, max_item_count=page_size, **scope)


async def create_missing(
    container: ContainerProxy, documents: Sequence[Mapping[str, Any]], partition: list[str]
) -> int:
    """Create those of a partition's documents that do not exist yet; how many were new.

    One batch where all are new, one by one where some are not.
    """
    created = 0
    for start in range(0, len(documents), _MAX_CREATES):
        part = documents[start : start + _MAX_CREATES]
        operations: list[Operation] = [("create", (dict(item),), {}) for item in part]
        try:
            await execute_batch(container, operations, partition)
            created += len(part)
        except BatchRefusedError:
            for item in part:
                created += await _create_one(container, item)
    return created


async def _create_one(container: ContainerProxy, document: Mapping[str, Any]) -> int:
    with translate_errors("creating a memory"):
        try:
            await container.create_item(dict(document))
        except CosmosResourceExistsError:
            return 0
    return 1


async def execute_batch(
    container: ContainerProxy, operations: list[Operation], partition: list[str]
) -> list[Document]:
    """The results of a transactional batch, one an operation; BatchRefusedError if refused."""
    with translate_errors("a transactional batch"):
        try:
            return list(await container.execute_item_batch(operations, partition_key=partition))
        except CosmosBatchOperationError as error:
            refusal = BatchRefusedError(int(error.status_code or 0), int(error.error_index or 0))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            if refusal.status in (NOT_FOUND, CONFLICT, PRECONDITION_FAILED):
                raise refusal from error
            raise StoreUnavailableError("a transactional batch", refusal.status) from error
