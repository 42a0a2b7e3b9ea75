"""One run of a compiled query over its rows, on one connection."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter

from local.cosmos.errors import bad_request
from local.cosmos.execution.compiled import CompiledQuery
from local.cosmos.execution.documents import DocumentCache, parse_document
from local.cosmos.execution.scores import ScoreKeeper
from local.cosmos.execution.tokens import Position
from local.cosmos.sql.comparison import has_infinity
from local.cosmos.sql.ordering import is_after, place_of
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
            if result is not None:
                yield _number_of(env), result

    def results_in_order(
        self, names: list[RowName], position: Position
    ) -> Iterator[tuple[Position, bytes]]:
        """The results from a position on of a query that groups, orders or bounds its rows.

        Each comes with the position after it.
        """
        if self._plan.resumes:
            yield from self._resumed(names, position)
            return
        if len(names) >= ROWS_TO_RANK_FIRST and self._ranks_first():
            rows = self._nearest(names)
        else:
            rows = self._plan.arrange(self._scored_matches(names), self._query.size)
        results = self._distinct(rows) if self._plan.distinct else self._defined(rows)
        for at, result in enumerate(self._window(results, 0)):
            if at >= position.skip:
                yield Position(0, at + 1), result

    def _resumed(
        self, names: list[RowName], position: Position
    ) -> Iterator[tuple[Position, bytes]]:
        """Results after a row that is found again by its keys, not by how many came before it."""
        plan, keys = self._plan, position.keys
        matches = self._scored_matches(names)
        rows = plan.arrange(matches, self._query.size, bounded=keys is None)
        if keys is not None:
            if len(keys) != len(plan.order):
                raise bad_request("The continuation token is malformed.")
            rows = [row for row in rows if is_after(row, plan.order, keys, position.after)]
        places = self._places(rows, position if keys is not None else Position())
        given = position.skip
        for (row, number, within), result in self._window(places, given):
            given += 1
            yield Position(number, given, place_of(row, plan.order), within), result

    def _places(
        self, rows: list[Environment], position: Position
    ) -> Iterator[tuple[tuple[Environment, int, int], bytes]]:
        """Each result, its row, the row's number and how many of its combinations are done then."""
        current, within = -1, 0
        for row in rows:
            number = _number_of(row)
            within = within + 1 if number == current else 1
            current = number
            if position.keys is not None and number == position.after and within <= position.within:
                continue
            result = self._encode(row)
            if result is not None:
                yield (row, number, within), result

    def _window[T](self, results: Iterable[T], given: int) -> Iterator[T]:
        """What OFFSET, LIMIT and TOP leave of results, of which so many were given before."""
        plan = self._plan
        end = None if plan.take is None else plan.take - given
        start = 0 if given else plan.offset
        return islice(iter(results), start, None if end is None else start + max(0, end))

    def _defined(self, rows: list[Environment]) -> Iterator[bytes]:
        results = (self._encode(row) for row in rows)
        return (result for result in results if result is not None)

    def _distinct(self, rows: list[Environment]) -> Iterator[bytes]:
        values = (self._plan.project(self._complete(row)) for row in rows)
        defined: list[Value] = [value for value in values if not isinstance(value, Undefined)]
        return map(self._write, distinct_values(defined))

    def _ranks_first(self) -> bool:
        """Whether the query asks for the nearest few rows, with no other score about it."""
        plan, query = self._plan, self._query
        bounded = plan.take is not None and plan.always_defined and not plan.distinct
        by_distance = len(plan.order) == 1 and plan.order[0].batched and len(query.scores) == 1
        alone = plan.simple and not plan.grouping and not query.scores_first
        return bounded and by_distance and alone

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


def _number_of(row: Environment) -> int:
    """The number of a row in the table; 0 for a query without FROM."""
    number = row[NUMBER_SLOT]
    return number if isinstance(number, int) else 0
