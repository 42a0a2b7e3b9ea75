"""The vectors of a container as one matrix in memory, so that a search is a product of matrices."""

import sqlite3
import struct
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from local.cosmos.policies import Metric, VectorPolicy
from local.cosmos.sql.vectors import Matrix, Vector, distances
from local.cosmos.storage.rows import load_vectors

# Beyond this much memory the table is dropped and filled again by the queries that follow.
MAX_TABLE_BYTES = 1024 * 1024 * 1024
_NO_VECTOR = -1
_FLOAT_BYTES = 4


class VectorTable:
    """The vectors of one path of one container, filled as queries touch items."""

    def __init__(self, policies: Sequence[VectorPolicy], index: int) -> None:
        """Serve the policy of that index among the container's policies."""
        self._policies = policies
        self._index = index
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._matrix: Matrix = np.empty((256, self._policies[self._index].dimensions), np.float32)
        self._lengths: NDArray[np.float32] = np.empty(256, np.float32)
        self._used = 0
        self._slots: dict[int, tuple[int, int]] = {}

    def scores(
        self,
        connection: sqlite3.Connection,
        rows: Sequence[tuple[int, int]],
        query: Vector,
        metric: Metric,
    ) -> list[float | None]:
        """The distance from the query for each row (number, LSN); None for rows without vector."""
        if not rows:
            return []
        with self._lock:
            if self._matrix.nbytes > MAX_TABLE_BYTES:
                self._clear()
            self._load_missing(connection, rows)
            slots = np.array([self._slots[number][1] for number, _ in rows], np.int64)
            found = slots[slots != _NO_VECTOR]
            values = self._distances(found, query, metric)
        by_slot = iter(values.tolist())
        return [next(by_slot) if slot != _NO_VECTOR else None for slot in slots.tolist()]

    def _distances(
        self, slots: NDArray[np.int64], query: Vector, metric: Metric
    ) -> NDArray[np.float32]:
        # Picking rows copies them: for a good part of the table the whole product is cheaper.
        if len(slots) * 4 > self._used:
            whole = self._matrix[: self._used]
            return distances(whole, query, metric, self._lengths[: self._used])[slots]
        return distances(self._matrix[slots], query, metric, self._lengths[slots])

    def _load_missing(
        self, connection: sqlite3.Connection, rows: Sequence[tuple[int, int]]
    ) -> None:
        missing = [row for row in rows if self._slots.get(row[0], (0, 0))[0] != row[1]]
        packed = load_vectors(connection, [number for number, _ in missing])
        for (number, lsn), blob in zip(missing, packed, strict=True):
            vector = self._unpack(blob)
            if vector is None:
                self._slots[number] = lsn, _NO_VECTOR
                continue
            _, slot = self._slots.get(number, (0, _NO_VECTOR))
            if slot == _NO_VECTOR:
                slot = self._new_slot()
            self._matrix[slot] = vector
            self._lengths[slot] = np.linalg.norm(vector)
            self._slots[number] = lsn, slot

    def _new_slot(self) -> int:
        if self._used == len(self._matrix):
            self._matrix = np.concatenate([self._matrix, np.empty_like(self._matrix)])
            self._lengths = np.concatenate([self._lengths, np.empty_like(self._lengths)])
        self._used += 1
        return self._used - 1

    def _unpack(self, blob: bytes | None) -> Vector | None:
        at = 0
        while blob and at < len(blob):
            (index,) = struct.unpack_from("<B", blob, at)
            dimensions = self._policies[index].dimensions
            if index == self._index:
                return np.frombuffer(blob, np.float32, dimensions, at + 1)
            at += 1 + dimensions * _FLOAT_BYTES
        return None
