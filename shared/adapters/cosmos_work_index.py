"""The WorkIndex on Cosmos DB: questions over all users, for the sweeper and the operator."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy
from pydantic import ValidationError

from shared.adapters.cosmos_documents import query_pages, query_values, read_document
from shared.adapters.cosmos_errors import translate_errors
from shared.domain.ledger import Totals
from shared.domain.scanning import ScanMark
from shared.domain.thread_state import OUTCOMES, ThreadState
from shared.domain.turns import Frozen
from shared.domain.user_state import UserState

_THREADS = (
    "SELECT * FROM c WHERE c.type = 'thread_state'"
    " AND (c.idle = false OR c.arrived > c.closed OR c.reprocess.generation > 0{})"
)
_SUMMARY_LAGS = " OR c.closed > c.summarized"
_EPISODE_LAGS = " OR c.open_segment.turns >= @turns OR ARRAY_LENGTH(c.segments) > 0"
# A claim that has failed waits for its next try with nobody at it, and may cover no new turn.
_USER_HAS_WORK = "(c.idle = false OR c.refresh = true OR IS_DEFINED(c.claim.key)"
_USERS = f"SELECT * FROM c WHERE c.type = 'user_state' AND {_USER_HAS_WORK}{{}})"
_PROFILE_LAGS = " OR c.turns > c.profiled"
_RECONCILE_LAGS = " OR c.turns > c.reconciled"
_OWES_RULES = " OR c.rules_retry.failures > 0"
# A turn that is processed anew has been processed; its mark says so.
_OLDEST = (
    "SELECT VALUE MIN(c.arrived_at) FROM c WHERE c.type = 'seen' AND NOT IS_DEFINED(c.chunk)"
    " AND (NOT IS_DEFINED(c.generation) OR c.generation = 0)"
)
_LETTERS = "SELECT VALUE COUNT(1) FROM c WHERE c.type = 'dead_letter'"
_MARK_ID = "scan-mark"
_MARK_PARTITION = ["__processor__", "__processor__"]
_log = logging.getLogger("agent_memory.sweep")


class CosmosWorkIndex:
    """Implements shared.ports.WorkIndex; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def threads_with_work(
        self, *, summaries: bool, episode_turns: int = 0
    ) -> AsyncIterator[list[ThreadState]]:
        """See WorkIndex.threads_with_work."""
        lags = (_SUMMARY_LAGS if summaries else "") + (_EPISODE_LAGS if episode_turns else "")
        bound = {"turns": episode_turns} if episode_turns else {}
        async for page in query_pages(self._container, _THREADS.format(lags), bound):
            yield _read_states(ThreadState, page)

    async def users_with_work(
        self, *, profiles: bool, reconciles: bool = False, rules: bool = False
    ) -> AsyncIterator[list[UserState]]:
        """See WorkIndex.users_with_work."""
        lags = (_PROFILE_LAGS if profiles else "") + (_RECONCILE_LAGS if reconciles else "")
        lags += _OWES_RULES if rules else ""
        query = _USERS.format(lags)
        async for page in query_pages(self._container, query, {}):
            yield _read_states(UserState, page)

    async def load_scan_mark(self) -> ScanMark:
        """See WorkIndex.load_scan_mark."""
        stored = await read_document(self._container, _MARK_ID, _MARK_PARTITION)
        return ScanMark.model_validate(stored or {})

    async def save_scan_mark(self, mark: ScanMark) -> None:
        """See WorkIndex.save_scan_mark."""
        user_id, thread_id = _MARK_PARTITION
        place = {"id": _MARK_ID, "type": "scan_mark", "user_id": user_id, "thread_id": thread_id}
        with translate_errors("moving the scan mark"):
            await self._container.upsert_item({**place, **mark.model_dump(mode="json")})

    async def count_dead_letters(self) -> int:
        """See WorkIndex.count_dead_letters."""
        return await self._number(_LETTERS)

    async def oldest_pending(self) -> int:
        """See WorkIndex.oldest_pending."""
        return await self._number(_OLDEST)

    async def totals(self, since: int, now: int) -> Totals:
        """See WorkIndex.totals."""
        threads = "FROM c WHERE c.type = 'thread_state'"
        users = "FROM c WHERE c.type = 'user_state'"
        sums = [f"SELECT VALUE SUM(c.outcomes.{name}) {threads}" for name in OUTCOMES]
        (
            arrived,
            closed,
            oldest,
            letters,
            busy_threads,
            busy_users,
            extract,
            summarize,
            episodes,
            profile,
            procedures,
            recent,
            vanished,
            put_off,
            *outcomes,
        ) = await asyncio.gather(
            self._number(f"SELECT VALUE SUM(c.arrived) {threads}"),
            self._number(f"SELECT VALUE SUM(c.closed) {threads}"),
            self._number(_OLDEST),
            self._number(_LETTERS),
            self._number(
                f"SELECT VALUE COUNT(1) {threads} AND (c.idle = false OR c.flush_to > c.closed"
                " OR (c.refresh_to > c.summarized AND c.closed > c.summarized))"
            ),
            self._number(f"SELECT VALUE COUNT(1) {users} AND {_USER_HAS_WORK})"),
            self._number(f"SELECT VALUE COUNT(1) {threads} AND IS_DEFINED(c.retry.extract)"),
            self._number(f"SELECT VALUE COUNT(1) {threads} AND IS_DEFINED(c.retry.summarize)"),
            self._number(f"SELECT VALUE COUNT(1) {threads} AND IS_DEFINED(c.retry.episodes)"),
            self._number(f"SELECT VALUE COUNT(1) {users} AND c.retry.failures > 0"),
            self._number(f"SELECT VALUE COUNT(1) {users} AND c.rules_retry.failures > 0"),
            self._number(
                "SELECT VALUE SUM(ARRAY_LENGTH(c.turn_ids)) FROM c"
                f" WHERE c.type = 'chunk' AND c._ts >= {since:d}"
            ),
            self._number(f"SELECT VALUE SUM(c.vanished) {threads}"),
            self._number(
                f"SELECT VALUE COUNT(1) {threads} AND c.arrived > c.closed"
                f" AND c.put_off_until > {now:d}"
            ),
            *map(self._number, sums),
        )
        return Totals(
            arrived=arrived,
            outcomes=dict(zip(OUTCOMES, outcomes, strict=True)),
            pending=arrived - closed,
            dead_letters=letters,
            busy_threads=busy_threads,
            busy_users=busy_users,
            oldest_pending=oldest,
            failing={
                "extract": extract,
                "summarize": summarize,
                "episodes": episodes,
                "profile": profile,
                "procedures": procedures,
            },
            recently_processed=recent,
            vanished=vanished,
            put_off_threads=put_off,
        )

    async def _number(self, query: str) -> int:
        values = await query_values(self._container, query, {})
        return int(values[0]) if values and isinstance(values[0], int | float) else 0


def _read_states[S: Frozen](kind: type[S], page: Sequence[dict[str, Any]]) -> list[S]:
    """The states of a page; one that somebody has made unreadable holds up none of the others."""
    states: list[S] = []
    for item in page:
        try:
            states.append(kind.model_validate(item))
        except ValidationError as error:
            _log.error("a state cannot be read (%d fields): it is passed by", error.error_count())
    return states
