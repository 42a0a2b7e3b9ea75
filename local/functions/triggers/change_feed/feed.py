"""Reading the change feed of one partition key range, one page at a time."""

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from azure.core.pipeline import PipelineRequest
from azure.core.rest import HttpRequest
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from local.functions.triggers.change_feed.options import Start
from local.functions.triggers.change_feed.ranges import PartitionRange, read_ranges

type Json = dict[str, Any]

_RANGE_HEADER = "x-ms-documentdb-partitionkeyrangeid"
_GONE = 410
# https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb, sub-status codes:
# the range is gone, or is being split.
_SPLIT_SUB_STATUSES = (1002, 1007)


class RangeGoneError(Exception):
    """The partition was split: there is no range of this id any more."""


@dataclass(frozen=True)
class FeedPage:
    """Changes in the order they were made, and the position after them.

    A page without documents has a position too: the end of the feed. A position of a range is
    valid for the ranges that it was split into.
    """

    documents: list[Json]
    continuation: str


class ChangeFeed:
    """The feed of one container, in latest-version mode."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def read_ranges(self) -> list[PartitionRange]:
        """List the ranges, one for each physical partition; raises as the SDK does."""
        return await read_ranges(self._container)

    async def read_page(
        self, of_range: PartitionRange, continuation: str | None, start: Start, max_items: int
    ) -> FeedPage:
        """Read what follows a position; without one, what follows `start`.

        Raises:
            RangeGoneError: the range was split.
            CosmosHttpResponseError: the account refused.
            AzureError: the account could not be reached.
        """
        headers: list[Mapping[str, Any]] = []

        def remember(received: Mapping[str, Any], _body: object) -> None:
            headers.append(received)

        def name_range(request: PipelineRequest[HttpRequest]) -> None:
            # The SDK takes partition_key_range_id and, in its async client, does not send it. Its
            # feed_range would hide a split, where the real trigger makes new leases.
            request.http_request.headers[_RANGE_HEADER] = of_range.id

        position: Json = {"continuation": continuation} if continuation else {"start_time": start}
        pager = self._container.query_items_change_feed(
            max_item_count=max_items,
            response_hook=remember,
            raw_request_hook=name_range,
            partition_key_range_id=of_range.id,
            **position,
        )
        documents: list[Json] = []
        try:
            async for page in cast("AsyncIterable[AsyncIterable[Json]]", pager.by_page()):
                documents = [document async for document in page]
                break
        except CosmosHttpResponseError as error:
            sub_status = cast("int | None", error.sub_status)  # pyright: ignore[reportUnknownMemberType] - untyped in the SDK
            if error.status_code == _GONE and sub_status in _SPLIT_SUB_STATUSES:
                raise RangeGoneError(of_range.id) from error
            raise
        return FeedPage(documents, str(headers[-1]["etag"]))
