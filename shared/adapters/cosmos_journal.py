"""The Journal on Cosmos DB: the model's answers beside the claim that they were asked for."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import BatchRefusedError, execute_batch, read_document
from shared.adapters.cosmos_errors import CONFLICT
from shared.domain.errors import ConflictError
from shared.domain.recent import Recent
from shared.domain.turns import ThreadKey


class CosmosJournal:
    """Implements shared.ports.Journal; see there for the promises.

    The claim is checked in the batch that stores the answer, by a patch whose condition names it:
    a run that outlived its claim can store nothing, and so can have no effect.
    """

    def __init__(
        self,
        container: ContainerProxy,
        state_id: str,
        remember_state: Callable[[dict[str, Any]], object],
    ) -> None:
        """A journal beside the claims in the state documents with this id.

        `remember_state` is told the state document that every stored answer touches.
        """
        self._container = container
        self._state_id = state_id
        self._remember_state = remember_state
        self._answers: Recent[dict[str, Any]] = Recent(500)

    async def load(self, key: ThreadKey, claim_key: str, answer_id: str) -> dict[str, Any] | None:
        """See Journal.load.

        No two claims have the same key, and while one lives nobody drops its answers: what was
        seen under it is there. Under another claim somebody may have forgotten what it tells of.
        """
        name = (key.user_id, key.thread_id, claim_key, answer_id)
        kept = self._answers.get(name)
        if kept is not None:
            return kept
        partition = [key.user_id, key.thread_id]
        stored = await read_document(self._container, answer_id, partition)
        if stored is not None:
            self._answers.put(name, stored)
            return stored
        state = await read_document(self._container, self._state_id, partition) or {}
        claim: dict[str, Any] = state.get("claim") or {}
        if claim.get("key") != claim_key:
            raise ConflictError("conflict: the claim was committed by another run")
        return None

    async def create(
        self, key: ThreadKey, claim_key: str, answer_id: str, answer: Mapping[str, Any]
    ) -> dict[str, Any]:
        """See Journal.create."""
        document = {
            **answer,
            "id": answer_id,
            "type": "answer",
            "user_id": key.user_id,
            "thread_id": key.thread_id,
        }
        touch = [{"op": "set", "path": "/journalled", "value": answer_id}]
        live = f"FROM c WHERE c.claim.key = {json.dumps(claim_key)}"
        try:
            results = await execute_batch(
                self._container,
                [
                    ("create", (document,), {}),
                    ("patch", (self._state_id, touch), {"filter_predicate": live}),
                ],
                [key.user_id, key.thread_id],
            )
        except BatchRefusedError as refusal:
            exists = refusal.status == CONFLICT
            stored = await self.load(key, claim_key, answer_id) if exists else None
            if stored is not None:
                return stored
            raise ConflictError("conflict: the claim was committed by another run") from refusal
        self._remember_state(dict(results[1]["resourceBody"]))
        self._answers.put((key.user_id, key.thread_id, claim_key, answer_id), document)
        return document
