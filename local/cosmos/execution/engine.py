"""Queries over stored items, page by page.

Small queries run at once; one that has many rows to look at runs on a thread of its own, so that it
does not hold up the requests of others. It sees the rows as they were when it came: what it filters
by and what it returns are of the same moment, whatever is written meanwhile.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from local.cosmos.execution.compiled import CompiledQuery, compile_query
from local.cosmos.execution.documents import DocumentCache
from local.cosmos.execution.run import QueryRun, RowName
from local.cosmos.execution.scores import ScoreKeeper
from local.cosmos.execution.tokens import Position, fingerprint, read_token, write_token
from local.cosmos.sql.matching import limited_matching
from local.cosmos.storage import rows
from local.cosmos.storage.containers import Container
from local.cosmos.storage.store import Store
from local.cosmos.values import Document

# From here on a query leaves the event loop's thread.
ROWS_AT_ONCE = 300
DEFAULT_PAGE_ITEMS = 1000
MAX_PAGE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Query:
    """What a client asks: text, parameters, where, and which page."""

    text: str
    parameters: Document
    scope: rows.Scope
    page_items: int
    continuation: str | None


@dataclass(frozen=True)
class Page:
    """Serialised results, the token of the next page if there is one, and the rows looked at."""

    results: list[bytes]
    continuation: str | None
    examined: int


class QueryEngine:
    """Runs queries against a store."""

    def __init__(self, store: Store) -> None:
        """Start with empty caches."""
        self._store = store
        self._documents = DocumentCache()
        self._scores = ScoreKeeper()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="query")

    async def run(self, container: Container, query: Query) -> Page:
        """One page of a query's results.

        Raises:
            CosmosError: 400, the query or its continuation is not valid.
        """
        compiled = compile_query(container, query.text, query.parameters, query.scope)
        name = fingerprint(query.text, query.parameters)
        position = read_token(name, query.continuation)
        names: list[RowName] = []
        if compiled.has_from:
            now = time.time()
            names = rows.list_numbers(self._store.reader, container, compiled.scope, now)
        if compiled.plan.streams:
            names = [row for row in names if row[0] > position.after]
        work = partial(self._page, compiled, names, position, query.page_items)
        if len(names) <= ROWS_AT_ONCE:
            results, following = work(self._store.reader)
        else:
            loop, snapshot = asyncio.get_running_loop(), self._store.take_snapshot()
            running = loop.run_in_executor(self._threads, self._on_snapshot, snapshot, work)
            results, following = await asyncio.shield(running)  # it must come to give that back
        token = write_token(name, following) if following else None
        return Page(results, token, len(names))

    def close(self) -> None:
        """Wait for running queries."""
        self._threads.shutdown()

    def _on_snapshot[T](
        self, snapshot: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]
    ) -> T:
        try:
            return work(snapshot)
        finally:
            self._store.give_back(snapshot)

    def _page(
        self,
        compiled: CompiledQuery,
        names: list[RowName],
        position: Position,
        page_items: int,
        connection: sqlite3.Connection,
    ) -> tuple[list[bytes], Position | None]:
        run = QueryRun(compiled, connection, self._documents, self._scores)
        with limited_matching():
            if compiled.plan.streams:
                return _page_of_rows(run.results_by_row(names), position, page_items)
            return _page_in_order(run.results_in_order(names, position), page_items)


class _PageBuilder:
    """Collects results as long as they fit: at least one, whatever its size."""

    def __init__(self, page_items: int) -> None:
        self.results: list[bytes] = []
        self._room = page_items
        self._bytes = 0

    def add(self, result: bytes) -> bool:
        full = len(self.results) >= self._room or self._bytes + len(result) > MAX_PAGE_BYTES
        if full and self.results:
            return False
        self.results.append(result)
        self._bytes += len(result)
        return True


def _page_of_rows(
    results: Iterator[tuple[int, bytes]], position: Position, page_items: int
) -> tuple[list[bytes], Position | None]:
    """A page that follows the rows: the next one begins at a row, wherever rows are added."""
    page = _PageBuilder(page_items)
    done, current, of_current = position.after, 0, 0
    for at, (number, result) in enumerate(results):
        if number != current:
            done, current, of_current = current or done, number, 0
        if at >= position.skip and not page.add(result):
            return page.results, Position(done, of_current)
        of_current += 1
    return page.results, None


def _page_in_order(
    results: Iterator[tuple[Position, bytes]], page_items: int
) -> tuple[list[bytes], Position | None]:
    """A page of results that had to be put in order: the next one begins after the last of them."""
    page = _PageBuilder(page_items)
    last = Position()
    for position, result in results:
        if not page.add(result):
            return page.results, last
        last = position
    return page.results, None
