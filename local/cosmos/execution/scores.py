"""Scores of many items at once, for VectorDistance and FullTextScore."""

import sqlite3
import threading
from collections.abc import Sequence

from local.cosmos.execution.bm25 import full_text_scores
from local.cosmos.execution.vector_table import VectorTable
from local.cosmos.policies import METRICS, Path
from local.cosmos.sql.parser import query_error
from local.cosmos.sql.scope import ScoreRequest
from local.cosmos.sql.vectors import parse_vector
from local.cosmos.storage.containers import Container
from local.cosmos.values import UNDEFINED, Value


class ScoreKeeper:
    """Computes scores and keeps the vectors it has read."""

    def __init__(self) -> None:
        self._tables: dict[tuple[int, int], VectorTable] = {}
        self._lock = threading.Lock()

    def compute(
        self,
        connection: sqlite3.Connection,
        container: Container,
        request: ScoreRequest,
        rows: Sequence[tuple[int, int]],
        documents: Sequence[Value],
    ) -> list[float | None]:
        """One score per row (number, LSN); None where the item has nothing to compare.

        Raises:
            CosmosError: 400, the vector given has not the length of the policy.
        """
        if request.policy_index is None:
            terms = [term for term in request.arguments if isinstance(term, str)]
            texts = [_value_at(document, request.path) for document in documents]
            return full_text_scores(texts, terms)
        policy = container.vectors[request.policy_index]
        given, metric = request.arguments
        query = parse_vector(given)
        if query is None or len(query) != policy.dimensions:
            length = "no vector" if query is None else f"{len(query)} dimensions"
            raise query_error(
                f"VectorDistance: the vector given has {length}, the policy of "
                f"'/{'/'.join(policy.path)}' says {policy.dimensions}",
                request.position,
            )
        table = self._table(container, request.policy_index)
        return table.scores(connection, rows, query, METRICS[str(metric)])

    def _table(self, container: Container, index: int) -> VectorTable:
        with self._lock:
            name = container.number, index
            if name not in self._tables:
                self._tables[name] = VectorTable(container.vectors, index)
            return self._tables[name]


def _value_at(document: Value, path: Path) -> Value:
    value = document
    for name in path:
        value = value.get(name, UNDEFINED) if isinstance(value, dict) else UNDEFINED
    return value
