"""A small least-recently-used memory of documents that cannot change or are guarded by an ETag."""

from collections import OrderedDict
from collections.abc import Hashable


class Recent[V]:
    """Keeps the last `capacity` values; losing one costs a read, never correctness."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """The value, which is then the most recent one; None if it is not kept."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Hashable, value: V) -> None:
        """Keep a value, dropping the one that was not used for longest if there are too many."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._capacity:
            self._values.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        """Forget a value."""
        self._values.pop(key, None)
