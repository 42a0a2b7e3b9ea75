"""Queries over stored items, page by page.

Small queries run at once; one that has many rows to look at runs on a thread of its own, with its
own connection, so that it does not hold up the requests of others.
"""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from local.cosmos.execution.documents import DocumentCache, parse_document
from local.cosmos.execution.routing import scope_of_query
from local.cosmos.execution.scores import ScoreKeeper
from local.cosmos.execution.tokens import Position, fingerprint, read_token, write_token
from local.cosmos.policies import explicit_index_paths
from local.cosmos.sql.fullness import FullItemUse, full_item_use
from local.cosmos.sql.parser import parse_query
from local.cosmos.sql.scope import NUMBER_SLOT, ROOT_SLOT, Compilation, Environment, Scope
from local.cosmos.sql.select import Plan, compile_select, distinct_values
from local.cosmos.storage import rows
from local.cosmos.storage.catalog import Container
from local.cosmos.storage.store import Store
from local.cosmos.values import UNDEFINED, Document, Undefined, write_json

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
            CosmosError: 400, the query is not valid.
        """
        execution = _Execution(container, query)
        now = time.time()
        numbers = rows.list_numbers(self._store.reader, container, execution.scope, now)
        work = partial(self._collect, execution, numbers)
        if len(numbers) <= ROWS_AT_ONCE:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Wait for running queries."""
        self._threads.shutdown()

    def _collect(self, execution: "_Execution", numbers: list[tuple[int, int]]) -> Page:
        if execution.plan.streams:
            return self._stream(execution, numbers)
        plan, size = execution.plan, execution.size
        matches = self._matches(execution, numbers)
        if execution.late_scores:
            kept = [env.copy() for env in matches]
            self._fill_scores(execution, kept, dict(numbers))
            matches = iter(kept)
        arranged = plan.arrange(matches, size)
        if plan.distinct:
            values = [plan.project(self._complete(execution, env)) for env in arranged]
            kept_values = [value for value in values if not isinstance(value, Undefined)]
            results = iter([write_json(value) for value in plan.cut(distinct_values(kept_values))])
            skipped = execution.position.skip
            for _ in range(skipped):
                next(results, None)
            return _page_of(execution, results, len(numbers))
        remaining = plan.cut(arranged)[execution.position.skip :]
        results = (self._encode(execution, env) for env in remaining)
        return _page_of(execution, results, len(numbers))

    def _stream(self, execution: "_Execution", numbers: list[tuple[int, int]]) -> Page:
        """A page of results that follow the order of the rows, each row standing for itself."""
        position = execution.position
        left = [row for row in numbers if row[0] > position.after]
        results: list[bytes] = []
        size, skipped, last, seen_of_last = 0, 0, 0, 0
        if execution.late_scores:
            kept = [env.copy() for env in self._matches(execution, left)]
            self._fill_scores(execution, kept, dict(left))
            matches: Iterator[Environment] = iter(kept)
        else:
            matches = self._matches(execution, left)
        before = position.after
        for env in matches:
            number = env[NUMBER_SLOT]
            assert isinstance(number, int)
            if number != last:
                before, last, seen_of_last = last or before, number, 0
            seen_of_last += 1
            if skipped < position.skip:
                skipped += 1
                continue
            result = self._encode(execution, env)
            if result is None:
                continue
            if len(results) >= execution.page_items or (
                results and size + len(result) > MAX_PAGE_BYTES
            ):
                token = write_token(execution.fingerprint, Position(before, seen_of_last - 1))
                return Page(results, token, len(left))
            results.append(result)
            size += len(result)
        return Page(results, None, len(left))

    def _matches(
        self, execution: "_Execution", numbers: list[tuple[int, int]]
    ) -> Iterator[Environment]:
        """The combinations that WHERE accepts, in one environment that changes."""
        env: Environment = [UNDEFINED] * execution.size
        if not execution.has_from:
            yield from execution.plan.matches(env)
            return
        early = execution.early_scores and self._early_scores(execution, numbers)
        for at, (number, lsn) in enumerate(numbers):
            document = self._load(execution, number, lsn)
            if document is None:
                continue
            env[ROOT_SLOT], env[NUMBER_SLOT] = document, number
            if early:
                for slot, scores in early:
                    score = scores[at]
                    env[slot] = UNDEFINED if score is None else score
            yield from execution.plan.matches(env)

    def _load(self, execution: "_Execution", number: int, lsn: int) -> Document | None:
        if execution.use.rows:
            body = rows.load_body(self._store.reader, number)
            return parse_document(body) if body else None
        return self._documents.get(self._store.reader, number, lsn)

    def _early_scores(
        self, execution: "_Execution", numbers: list[tuple[int, int]]
    ) -> list[tuple[int, list[float | None]]]:
        """Scores for every row, where WHERE itself or a JOIN needs them."""
        reader = self._store.reader
        documents = [self._documents.get(reader, number, lsn) for number, lsn in numbers]
        return [
            (
                request.slot,
                self._scores.compute(reader, execution.container, request, numbers, documents),
            )
            for request in execution.compilation.scores
        ]

    def _fill_scores(
        self, execution: "_Execution", kept: list[Environment], lsn_of: dict[int, int]
    ) -> None:
        numbers = [
            (number, lsn_of[number]) for env in kept if isinstance(number := env[NUMBER_SLOT], int)
        ]
        documents = [env[ROOT_SLOT] for env in kept]
        for request in execution.compilation.scores:
            scores = self._scores.compute(
                self._store.reader, execution.container, request, numbers, documents
            )
            for env, score in zip(kept, scores, strict=True):
                env[request.slot] = UNDEFINED if score is None else score

    def _complete(self, execution: "_Execution", env: Environment) -> Environment:
        """Put the whole item in the place of the one without vectors, if SELECT looks at them."""
        number = env[NUMBER_SLOT]
        if execution.use.projection and not execution.use.rows and isinstance(number, int):
            body = rows.load_body(self._store.reader, number)
            env = env.copy()
            env[ROOT_SLOT] = parse_document(body) if body else UNDEFINED
        return env

    def _encode(self, execution: "_Execution", env: Environment) -> bytes | None:
        number = env[NUMBER_SLOT]
        if execution.plan.projects_root and isinstance(number, int):
            return rows.load_body(self._store.reader, number)
        value = execution.plan.project(self._complete(execution, env))
        return None if isinstance(value, Undefined) else write_json(value)


def _page_of(execution: "_Execution", results: Iterator[bytes | None], examined: int) -> Page:
    """A page of results that have been put in order."""
    page: list[bytes] = []
    size, taken = 0, 0
    for result in results:
        if result is not None:
            if len(page) >= execution.page_items or (page and size + len(result) > MAX_PAGE_BYTES):
                position = Position(0, execution.position.skip + taken)
                return Page(page, write_token(execution.fingerprint, position), examined)
            page.append(result)
            size += len(result)
        taken += 1
    return Page(page, None, examined)


class _Execution:
    """A query compiled for a container."""

    def __init__(self, container: Container, query: Query) -> None:
        select = parse_query(query.text)
        self.container = container
        self.compilation = Compilation(query.parameters, container.vectors)
        scope = Scope(self.compilation, {})
        indexed = explicit_index_paths(container.properties)
        self.plan: Plan = compile_select(select, scope, root=True, indexed=indexed)
        self.size = self.compilation.size
        self.has_from = bool(select.sources)
        self.use: FullItemUse = full_item_use(select, container.vectors)
        self.early_scores = bool(self.compilation.scores) and (
            self.use.scores_in_filter or len(select.sources) > 1
        )
        self.late_scores = bool(self.compilation.scores) and not self.early_scores
        routed = scope_of_query(select, query.parameters, container.key_definition)
        self.scope = query.scope.intersect(routed) if select.sources else rows.Scope("", "")
        self.page_items = query.page_items if query.page_items > 0 else DEFAULT_PAGE_ITEMS
        self.fingerprint = fingerprint(query.text, query.parameters)
        self.position = read_token(self.fingerprint, query.continuation)
