"""One run of a compiled query over its rows, on one connection."""

import sqlite3
from collections.abc import Iterable, Iterator
from operator import itemgetter

from local.cosmos.errors import bad_request
from local.cosmos.execution.compiled import CompiledQuery
from local.cosmos.execution.documents import DocumentCache, parse_document
from local.cosmos.execution.scores import ScoreKeeper
from local.cosmos.sql.comparison import has_infinity
from local.cosmos.sql.scope import NUMBER_SLOT, ROOT_SLOT, Environment
from local.cosmos.sql.select import distinct_values
from local.cosmos.storage.rows import load_body
from local.cosmos.values import UNDEFINED, Document, Undefined, Value, write_json

# From here on ranking first and filtering in that order beats filtering everything.
ROWS_TO_RANK_FIRST = 1000

# A row of the table: its number and LSN.
type RowName = tuple[int, int]


class QueryRun:
    """Finds the rows that a query selects and serialises what it makes of them."""

    def __init__(
        self,
        query: CompiledQuery,
        connection: sqlite3.Connection,
        documents: DocumentCache,
        scores: ScoreKeeper,
    ) -> None:
        """The connection belongs to the thread that runs this."""
        self._query = query
        self._plan = query.plan
        self._connection = connection
        self._documents = documents
        self._scores = scores

    def results_by_row(self, names: list[RowName]) -> Iterator[tuple[int, bytes]]:
        """Row number and result, in the order of the rows, for a query that streams."""
        for env in self._scored_matches(names):
            result = self._encode(env)
            number = env[NUMBER_SLOT]
            if result is not None:
                yield (number if isinstance(number, int) else 0), result

    def results_in_order(self, names: list[RowName], skip: int) -> Iterator[bytes]:
        """The results of a query that groups, orders or bounds its rows, some of them skipped."""
        if len(names) >= ROWS_TO_RANK_FIRST and self._ranks_first():
            rows = self._nearest(names)
        else:
            rows = self._plan.arrange(self._scored_matches(names), self._query.size)
        if self._plan.distinct:
            values = (self._plan.project(self._complete(env)) for env in rows)
            defined: list[Value] = [value for value in values if not isinstance(value, Undefined)]
            left = self._plan.cut(distinct_values(defined))[skip:]
            yield from map(self._write, left)
            return
        results = (self._encode(env) for env in self._plan.cut(rows))
        defined_results = (result for result in results if result is not None)
        for at, result in enumerate(defined_results):
            if at >= skip:
                yield result

    def _ranks_first(self) -> bool:
        """Whether the query asks for the nearest few rows, with no other score about it."""
        plan, query = self._plan, self._query
        bounded = plan.take is not None and not plan.distinct and not plan.grouping
        by_distance = len(plan.order) == 1 and plan.order[0].batched and len(query.scores) == 1
        return bounded and by_distance and plan.simple and not query.scores_first

    def _nearest(self, names: list[RowName]) -> list[Environment]:
        """The first rows that WHERE accepts, going from the most similar row to the least."""
        request, key = self._query.scores[0], self._plan.order[0]
        scores = self._scores.compute(self._connection, self._query.container, request, names, [])
        known = [(score, at) for at, score in enumerate(scores) if score is not None]
        known.sort(key=itemgetter(0), reverse=key.descending)
        wanted = self._plan.offset + (self._plan.take or 0)
        kept: list[Environment] = []
        in_order = ((names[at], score) for score, at in known)
        for name, score in in_order:
            if len(kept) == wanted:
                break
            for env in self._rows([name]):
                env[request.slot] = score
                kept += self._plan.matches(env)
        return kept

    def _scored_matches(self, names: list[RowName]) -> Iterable[Environment]:
        if not self._query.scores or self._query.scores_first:
            return self._matches(names)
        kept = [env.copy() for env in self._matches(names)]
        self._score(kept, dict(names))
        return kept

    def _matches(self, names: list[RowName]) -> Iterator[Environment]:
        """The combinations of values that WHERE accepts."""
        if not self._query.has_from:
            yield from self._plan.matches([UNDEFINED] * self._query.size)
            return
        envs = self._rows(names)
        if self._query.scores and self._query.scores_first:
            kept = [env.copy() for env in envs]
            self._score(kept, dict(names))
            envs = iter(kept)
        for env in envs:
            yield from self._plan.matches(env)

    def _rows(self, names: list[RowName]) -> Iterator[Environment]:
        """Each row in one environment that changes."""
        env: Environment = [UNDEFINED] * self._query.size
        for number, lsn in names:
            document = self._load(number, lsn)
            if document is not None:
                env[ROOT_SLOT], env[NUMBER_SLOT] = document, number
                yield env

    def _load(self, number: int, lsn: int) -> Document | None:
        if self._query.use.rows:
            body = load_body(self._connection, number)
            return parse_document(body) if body else None
        return self._documents.get(self._connection, number, lsn)

    def _score(self, envs: list[Environment], lsn_of: dict[int, int]) -> None:
        numbers = [number for env in envs if isinstance(number := env[NUMBER_SLOT], int)]
        names = [(number, lsn_of[number]) for number in numbers]
        documents = [env[ROOT_SLOT] for env in envs]
        for request in self._query.scores:
            scores = self._scores.compute(
                self._connection, self._query.container, request, names, documents
            )
            for env, score in zip(envs, scores, strict=True):
                env[request.slot] = UNDEFINED if score is None else score

    def _complete(self, env: Environment) -> Environment:
        """Put the whole item in the place of the one without vectors, if SELECT looks at them."""
        number = env[NUMBER_SLOT]
        use = self._query.use
        if not use.projection or use.rows or not isinstance(number, int):
            return env
        body = load_body(self._connection, number)
        completed = env.copy()
        completed[ROOT_SLOT] = parse_document(body) if body else UNDEFINED
        return completed

    def _encode(self, env: Environment) -> bytes | None:
        number = env[NUMBER_SLOT]
        if self._plan.projects_root and isinstance(number, int):
            return load_body(self._connection, number)
        value = self._plan.project(self._complete(env))
        return None if isinstance(value, Undefined) else self._write(value)

    def _write(self, value: Value) -> bytes:
        if self._plan.computes and has_infinity(value):
            raise bad_request(
                "A result of the query is a number that cannot be represented in JSON: it is "
                "infinite, or none at all."
            )
        return write_json(value)
