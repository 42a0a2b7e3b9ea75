"""Logical sequence numbers (LSN): every transaction of a physical partition has a higher one."""

import sqlite3

# A container's number and the id of one of its physical partitions.
type PartitionName = tuple[int, str]


class SequenceNumbers:
    """The last number given in each partition, and the last one that readers can see."""

    def __init__(self) -> None:
        self._given: dict[PartitionName, int] = {}
        self._visible: dict[PartitionName, int] = {}
        self._changed: set[PartitionName] = set()

    def start(self, name: PartitionName, lsn: int) -> None:
        """Begin to count in a partition after a number that is stored already."""
        self._given[name] = self._visible[name] = lsn

    def end(self, name: PartitionName) -> int:
        """Forget a partition; who still writes to it fails. Returns its last number."""
        self._changed.discard(name)
        del self._visible[name]
        return self._given.pop(name)

    def clear(self) -> None:
        """Forget everything."""
        self._given.clear()
        self._visible.clear()
        self._changed.clear()

    def visible(self, name: PartitionName) -> int:
        """The number of the newest committed write.

        A feed that is told to go on after it misses nothing: what is numbered later is seen later.
        """
        return self._visible[name]

    def next(self, name: PartitionName) -> int:
        """Number a transaction; the number is stored with it."""
        self._given[name] += 1
        self._changed.add(name)
        return self._given[name]

    def store(self, connection: sqlite3.Connection) -> None:
        """Write the numbers that grew since the last commit."""
        for container, part in self._changed:
            connection.execute(
                "UPDATE ranges SET lsn = ? WHERE container = ? AND id = ?",
                (self._given[container, part], container, part),
            )

    def publish(self) -> None:
        """Let readers know of the writes that they can now see."""
        for name in self._changed:
            self._visible[name] = self._given[name]
        self._changed.clear()
