"""The DeadLetterBox on Cosmos DB: one document a letter, beside the state of the turn's thread."""

from collections.abc import Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceExistsError, CosmosResourceNotFoundError

from shared.adapters.cosmos_documents import (
    BatchRefusedError,
    Operation,
    execute_batch,
    query_documents,
    query_values,
)
from shared.adapters.cosmos_errors import translate_errors
from shared.adapters.cosmos_thread_log import replace_state
from shared.domain.dead_letters import (
    DeadLetter,
    from_document,
    letter_partition,
    to_document,
    uncounted_partition,
)
from shared.domain.errors import ConflictError
from shared.domain.identifiers import dead_letter_id, seen_id
from shared.domain.pending_turns import Reopened
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey

_AMONG = "SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id)"


class CosmosDeadLetterBox:
    """Implements shared.ports.DeadLetterBox; see there for the promises."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def record(self, letters: Sequence[DeadLetter]) -> None:
        """See DeadLetterBox.record."""
        for letter in letters:
            with translate_errors("storing a dead letter"):
                try:
                    await self._container.create_item(to_document(letter))
                except CosmosResourceExistsError:
                    continue

    async def find(
        self, user_id: str | None, ids: Sequence[str] | None, after: str, limit: int
    ) -> list[DeadLetter]:
        """See DeadLetterBox.find."""
        query = "SELECT TOP @limit * FROM c WHERE c.type = 'dead_letter' AND c.id > @after"
        values: dict[str, Any] = {"limit": limit, "after": after}
        if user_id is not None:
            query += " AND c.turn_user_id = @user"
            values["user"] = user_id
        if ids is not None:
            query += " AND ARRAY_CONTAINS(@ids, c.id)"
            values["ids"] = list(ids)
        found = await query_documents(self._container, query + " ORDER BY c.id", values)
        return [from_document(document) for document in found]

    async def still_there(
        self, key: ThreadKey, letters: Sequence[DeadLetter]
    ) -> tuple[list[DeadLetter], list[DeadLetter]]:
        """See DeadLetterBox.still_there."""
        ids = [each for letter in letters for each in (letter.id, seen_id(letter.turn_id))]
        # A letter names the chunk that closed its turn, as the mark of a closed turn does.
        query = "SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id) AND IS_DEFINED(c.chunk)"
        partition = [key.user_id, key.thread_id]
        found = set(await query_values(self._container, query, {"ids": ids}, partition))
        left = [letter for letter in letters if letter.id in found]
        known = [letter for letter in left if seen_id(letter.turn_id) in found]
        return known, [letter for letter in left if seen_id(letter.turn_id) not in found]

    async def reopen(self, state: ThreadState, etag: str, letters: Sequence[DeadLetter]) -> None:
        """See DeadLetterBox.reopen."""
        operations: list[Operation] = [replace_state(state, etag)]
        for letter in letters:
            before = Reopened(attempts=letter.attempts, first_at=letter.first_at)
            reopened = before.model_dump(mode="json")
            patch = [
                {"op": "remove", "path": "/chunk"},
                {"op": "set", "path": "/reopened", "value": reopened},
                {"op": "set", "path": "/retried", "value": True},
            ]
            operations.append(("patch", (seen_id(letter.turn_id), patch), {}))
            operations.append(("delete", (letter.id,), {}))
        try:
            await execute_batch(self._container, operations, [state.user_id, state.thread_id])
        except BatchRefusedError as refusal:
            raise ConflictError("conflict: state or letters were changed first") from refusal

    async def list_unmarked(self, key: ThreadKey, turn_ids: Sequence[str]) -> set[str]:
        """See DeadLetterBox.list_unmarked."""
        by_mark = {seen_id(turn_id): turn_id for turn_id in turn_ids}
        partition = [key.user_id, key.thread_id]
        found = await query_values(self._container, _AMONG, {"ids": list(by_mark)}, partition)
        return {by_mark[mark] for mark in by_mark.keys() - set(found)}

    async def take_back(self, key: ThreadKey, turn_ids: Sequence[str]) -> None:
        """See DeadLetterBox.take_back."""
        ids = [dead_letter_id(key.user_id, key.thread_id, turn_id) for turn_id in turn_ids]
        partition = uncounted_partition(key)
        for found in await query_values(self._container, _AMONG, {"ids": ids}, list(partition)):
            await self._delete(found, partition)

    async def drop(self, letter: DeadLetter) -> None:
        """See DeadLetterBox.drop."""
        await self._delete(letter.id, letter_partition(letter))

    async def _delete(self, letter_id: str, partition: tuple[str, str]) -> None:
        with translate_errors("removing a dead letter"):
            try:
                await self._container.delete_item(letter_id, partition_key=list(partition))
            except CosmosResourceNotFoundError:
                return
