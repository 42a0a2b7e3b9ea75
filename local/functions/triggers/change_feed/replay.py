"""Where a range was before its last batches, so that they can be read again in other groups."""

from collections import deque
from random import Random

from local.functions.rehearsal_feed import FeedOrders, Redelivery

_REMEMBERED_BATCHES = 1_000


class Replay:
    """Carries a function's redelivery orders out on one range.

    What is read again is what the feed gives now, as after a crash before the checkpoints: each
    document once and in its newest version, in groups of another size.
    """

    def __init__(self, orders: FeedOrders, range_id: str, max_items: int) -> None:
        self._orders = orders
        self._range_id = range_id
        self._max_items = max_items
        self._done = orders.redelivery.number if orders.redelivery else 0
        self._given: deque[tuple[str | None, int]] = deque(maxlen=_REMEMBERED_BATCHES)
        self._left = 0
        self._random = Random()

    def remember(self, position: str | None, documents: int) -> None:
        """Note a batch that is done, and the position that it was read from."""
        self._given.append((position, documents))
        self._left = max(0, self._left - documents)

    def go_back(self, position: str | None) -> str | None:
        """Tell where to read next: an earlier position if that was ordered, else the given one."""
        order = self._orders.redelivery
        if order is None or order.number == self._done:
            return position
        self._done = order.number
        return self._rewind(order, position)

    def end(self) -> None:
        """Note that the feed has nothing more, now that some documents come once and not twice."""
        self._left = 0

    def choose_size(self) -> int:
        """Choose how many documents to read at most: by chance while batches are given again."""
        return self._random.randint(1, self._max_items) if self._left else self._max_items

    def _rewind(self, order: Redelivery, position: str | None) -> str | None:
        self._random = Random(f"{order.seed} {self._range_id}")
        for _ in range(min(order.batches, len(self._given))):
            position, documents = self._given.pop()
            self._left += documents
        return position
