"""How far counting is behind writing."""

from typing import Protocol


class FeedWatch(Protocol):
    """Compares the turns that are stored with those that are counted."""

    async def oldest_uncounted(self, scanned_to: int) -> int:
        """Unix time at which the oldest turn was stored that waits to be counted; 0 if none does.

        `scanned_to` is a moment before which every turn is known to be counted. A turn older than
        the newest counted one of its physical partition is left to the sweeper's scan: the change
        feed, which delivers a partition in order, has passed it by.
        """
        ...
