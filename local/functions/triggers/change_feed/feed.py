"""Reading the change feed of one feed range, one page at a time."""

import asyncio
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from azure.cosmos.aio import ContainerProxy

from local.functions.triggers.change_feed.options import Start

# A feed range or a document, as the SDK gives it.
type Json = dict[str, Any]


@dataclass(frozen=True)
class FeedPage:
    """Changes in the order they were made, and the position after them.

    A page without documents has a position too: the end of the feed.
    """

    documents: list[Json]
    continuation: str


class ChangeFeed:
    """The feed of one container, in latest-version mode."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container
        # The SDK passes a page's position through an attribute of the client, where two reads at
        # once would take each other's.
        self._one_at_a_time = asyncio.Lock()

    async def read_ranges(self) -> list[Json]:
        """List the feed ranges, one for each physical partition."""
        return [each async for each in self._container.read_feed_ranges()]

    async def read_page(
        self, feed_range: Json, continuation: str | None, start: Start, max_items: int
    ) -> FeedPage:
        """Read what follows a position; without one, what follows `start`.

        Raises:
            CosmosHttpResponseError: the account refused.
            AzureError: the account could not be reached.
        """
        async with self._one_at_a_time:
            headers: list[Mapping[str, Any]] = []

            def remember(received: Mapping[str, Any], _body: object) -> None:
                headers.append(received)

            position: Json = (
                {"continuation": continuation}
                if continuation
                else {"feed_range": feed_range, "start_time": start}
            )
            pager = self._container.query_items_change_feed(
                max_item_count=max_items, response_hook=remember, **position
            )
            documents: list[Json] = []
            async for page in cast("AsyncIterable[AsyncIterable[Json]]", pager.by_page()):
                documents = [document async for document in page]
                break
            # The SDK writes the whole position over the etag of the last response it read.
            return FeedPage(documents, str(headers[-1]["etag"]))
