"""The UserLog on Cosmos DB: a user's counter, state and chunk marks in one logical partition."""

from collections.abc import Sequence

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_counting import CosmosCounting, Mark, Tally
from shared.adapters.cosmos_documents import (
    BatchRefusedError,
    Document,
    Operation,
    execute_batch,
    query_values,
    read_document,
)
from shared.adapters.cosmos_thread_log import describe_record
from shared.domain.errors import ConflictError
from shared.domain.identifiers import (
    COUNTERS_THREAD,
    USER_STATE_ID,
    user_chunk_id,
    user_counter_id,
)
from shared.domain.ledger import RunRecord
from shared.domain.recent import Recent
from shared.domain.turns import ThreadKey
from shared.domain.user_state import NOTHING_SPENT, Spent, UserState
from shared.ports import Versioned

_OPEN_THREADS = (
    "SELECT TOP 1 VALUE c.thread_id FROM c"
    " WHERE c.type = 'thread_state'"
    " AND (c.flush_to > c.closed OR c.refresh_to > c.summarized OR c.settle_to > 0)"
    " AND (c.idle = false"
    " OR NOT (IS_DEFINED(c.retry.extract) OR IS_DEFINED(c.retry.summarize)"
    " OR IS_DEFINED(c.retry.episodes)))"
)

_ATTEMPTS = 6


class CosmosUserLog:
    """Implements shared.ports.UserLog; see there for the promises."""

    def __init__(self, container: ContainerProxy, counting: CosmosCounting) -> None:
        self._container = container
        self._counting = counting
        self._states: Recent[Versioned[UserState]] = Recent(500)

    async def count_chunk(
        self,
        key: ThreadKey,
        chunk: int,
        turns: int,
        arrived_at: int,
        *,
        spent: Spent = NOTHING_SPENT,
    ) -> Versioned[UserState]:
        """See UserLog.count_chunk."""
        tally = Tally(
            partition=_partition(key.user_id),
            counter_id=user_counter_id(key.user_id),
            initial=_state_document(UserState(user_id=key.user_id, token_day=spent.day)),
            total="turns",
            assign={"last_arrival": arrived_at},
            add={"tokens": spent.tokens, "chunks": 1 if turns else 0},
        )
        mark = {
            "id": user_chunk_id(key.thread_id, chunk),
            "type": "user_chunk",
            "user_id": key.user_id,
            "thread_id": COUNTERS_THREAD,
            "chunk_thread_id": key.thread_id,
            "chunk": chunk,
            "turns": turns,
        }
        stored, _ = await self._counting.count(tally, [Mark(mark, turns)])
        if stored is None:
            raise ConflictError("conflict: the user's state vanished while a chunk was counted")
        counted = _read_state(stored)
        self._states.put(key.user_id, counted)
        return counted

    async def load(
        self, user_id: str, *, of_claim: str = "", remembered: bool = False
    ) -> Versioned[UserState] | None:
        """See UserLog.load."""
        kept = self._states.get(user_id)
        if kept is not None and (remembered or _holds(kept.value, of_claim)):
            return kept
        stored = await read_document(self._container, USER_STATE_ID, _partition(user_id))
        return _read_state(stored) if stored else None

    async def save(
        self,
        state: UserState,
        etag: str,
        *,
        drop_answers: Sequence[str] = (),
        record: RunRecord | None = None,
    ) -> Versioned[UserState]:
        """See UserLog.save."""
        operations: list[Operation] = [
            ("replace", (USER_STATE_ID, _state_document(state)), {"if_match_etag": etag})
        ]
        operations += [("delete", (answer,), {}) for answer in drop_answers]
        operations += [("upsert", (describe_record(record),), {})] if record else []
        self._states.drop(state.user_id)
        try:
            results = await execute_batch(self._container, operations, _partition(state.user_id))
        except BatchRefusedError as refusal:
            raise ConflictError("conflict: the user's state was changed first") from refusal
        saved = _read_state(dict(results[0]["resourceBody"]))
        self._states.put(state.user_id, saved)
        return saved

    def remember_state(self, stored: Document) -> None:
        """Take note of a state document that the journal has just touched."""
        versioned = _read_state(stored)
        self._states.put(versioned.value.user_id, versioned)

    async def request_refresh(
        self, user_id: str, *, changed: bool = False, rebuild: bool = False
    ) -> None:
        """See UserLog.request_refresh."""
        for _ in range(_ATTEMPTS):
            stored = await self.load(user_id)
            try:
                if stored is None:
                    new = UserState(
                        user_id=user_id, refresh=True, changed=changed or rebuild, rebuild=rebuild
                    )
                    wanted = _state_document(new)
                    await execute_batch(
                        self._container, [("create", (wanted,), {})], _partition(user_id)
                    )
                    return
                state = stored.value
                wish = {
                    "refresh": True,
                    "changed": state.changed or changed or rebuild,
                    "rebuild": state.rebuild or rebuild,
                }
                if any(getattr(state, name) != value for name, value in wish.items()):
                    await self.save(state.model_copy(update=wish), stored.etag)
                return
            except (BatchRefusedError, ConflictError):
                continue
        raise ConflictError("conflict: a user's state is written too often by others; try again")

    async def has_open_threads(self, user_id: str) -> bool:
        """See UserLog.has_open_threads."""
        return bool(await query_values(self._container, _OPEN_THREADS, {}, [user_id]))


def _holds(state: UserState, claim_key: str) -> bool:
    return state.claim is not None and state.claim.key == claim_key


def _partition(user_id: str) -> list[str]:
    return [user_id, COUNTERS_THREAD]


def _state_document(state: UserState) -> Document:
    return {
        "id": USER_STATE_ID,
        "type": "user_state",
        "thread_id": COUNTERS_THREAD,
        **state.model_dump(mode="json"),
    }


def _read_state(stored: Document) -> Versioned[UserState]:
    return Versioned(UserState.model_validate(stored), str(stored["_etag"]))
