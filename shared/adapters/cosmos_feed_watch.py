"""The FeedWatch on Cosmos DB: newest counted against newest stored, a physical partition each.

Turns and counters have the same partition key, so a range of keys of one container holds the same
threads in the other. Where nothing waits this costs two queries a range, both served by the index.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import Document, query_pages, query_values
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.identifiers import seen_id
from shared.domain.turns import group_arrivals

_NEWEST_COUNTED = "SELECT VALUE MAX(c.last_arrival) FROM c WHERE c.type = 'thread_state'"
_STORED_SINCE = (
    "SELECT c.id, c.type, c.user_id, c.thread_id, c._ts FROM c"
    " WHERE c.type = 'turn' AND c._ts > @since ORDER BY c._ts"
)
_COUNTED = "SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id)"
# Newer than all that is counted, yet counted: turns that were updated since. So many are looked
# through; behind more of them a waiting turn is seen only after the next scan.
_PAGE = 20
_PAGES = 5


class CosmosFeedWatch:
    """Implements shared.ports.FeedWatch; see there for the promises."""

    def __init__(self, turns: ContainerProxy, counters: ContainerProxy) -> None:
        self._turns = turns
        self._counters = counters

    async def oldest_uncounted(self, scanned_to: int) -> int:
        """See FeedWatch.oldest_uncounted."""
        with translate_errors("reading the ranges of the turns container"):
            ranges = [dict(feed_range) async for feed_range in self._turns.read_feed_ranges()]
        found = await asyncio.gather(*(self._look(each, scanned_to) for each in ranges))
        return min((moment for moment in found if moment), default=0)

    async def _look(self, feed_range: Mapping[str, Any], scanned_to: int) -> int:
        """The same of one range."""
        newest = await query_values(self._counters, _NEWEST_COUNTED, {}, feed_range=feed_range)
        counted_to = [int(value) for value in newest if isinstance(value, int | float)]
        since = max(scanned_to - 1, *counted_to, 0)
        pages = query_pages(
            self._turns, _STORED_SINCE, {"since": since}, page_size=_PAGE, feed_range=feed_range
        )
        looked_at = 0
        async for page in pages:
            if moment := await self._find_waiting(page):
                return moment
            looked_at += 1
            if looked_at == _PAGES:
                break
        return 0

    async def _find_waiting(self, documents: Sequence[Document]) -> int:
        """When the oldest of these turns was stored that is not counted; 0 if all are."""
        waiting: list[int] = []
        for (user_id, thread_id), turns in group_arrivals(documents).threads.items():
            ids = {seen_id(turn.turn_id): turn.arrived_at for turn in turns}
            counted = await query_values(
                self._counters, _COUNTED, {"ids": list(ids)}, [user_id, thread_id]
            )
            waiting += [arrived_at for mark, arrived_at in ids.items() if mark not in counted]
        return min(waiting, default=0)
