"""Counting things exactly once: marks, counter and state in one transactional batch.

Whatever is counted (a turn, a chunk) has a mark with an id of its own. One batch creates the marks,
adds to the public counter and adds to our state, so that a thing is counted if and only if its mark
exists. The first attempt assumes the common case (all new, counter and state there, last written by
us) and costs one request; any refusal leads to reading what is there and deciding again.

The public counter is shared with the SDK's in-process client, which rewrites it and adds to it on
its own. Our total lives in the state, so a counter that somebody else wrote is put right: its count
becomes the exact total again, and one warning a counter is logged.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_documents import (
    BatchRefusedError,
    Document,
    Operation,
    execute_batch,
    query_documents,
)
from shared.domain.errors import ConflictError
from shared.domain.identifiers import hash_parts
from shared.domain.timestamps import from_epoch
from shared.ports import Clock

OWNER = "durable"
MAX_MARKS = 88
_ATTEMPTS = 8
_log = logging.getLogger("agent_memory.ownership")


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to count: its mark document and how much it adds to the total.

    `is_outdated` tells of a mark that is stored already whether `refreshed` fields replace its own.
    """

    document: Mapping[str, Any]
    amount: int
    refreshed: Sequence[str] = ()
    is_outdated: Callable[[Mapping[str, Any]], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Tally:
    """Where to count: the partition, the public counter's id, and how our state keeps the total.

    `initial` is a fresh state document, whose id is the state's; `total` names its total;
    `add` are further sums that grow when something is counted, `assign` fields that every counting
    sets. Where the state must be read first the larger
    value wins; otherwise the latest does, so that such a field may go back a little.
    """

    partition: list[str]
    counter_id: str
    initial: Mapping[str, Any]
    total: str
    assign: Mapping[str, Any]
    add: Mapping[str, int] = field(default_factory=dict[str, int])


class CosmosCounting:
    """Counts marks in one logical partition of the counter container."""

    def __init__(self, container: ContainerProxy, clock: Clock) -> None:
        self._container = container
        self._clock = clock
        self._warned: set[str] = set()

    async def count(self, tally: Tally, marks: Sequence[Mark]) -> tuple[Document | None, int]:
        """Count the marks not counted yet (at most MAX_MARKS): the state document, and how many.

        The document is None only if there is neither a mark to count nor a state.
        """
        fresh = list(marks)
        try:
            return await self._count_new(tally, fresh), len(fresh)
        except BatchRefusedError:
            pass
        for _ in range(_ATTEMPTS):
            stored = await self._read_stored(tally, fresh)
            await self._refresh(tally, fresh, stored)
            fresh = [mark for mark in fresh if mark.document["id"] not in stored]
            state, counter = stored.get(tally.initial["id"]), stored.get(tally.counter_id)
            if not fresh:
                return state, 0
            try:
                counted = await self._count_after_reading(tally, fresh, state, counter)
                return counted, len(fresh)
            except BatchRefusedError:
                continue
        raise ConflictError("conflict: a counter is written too often by others; try again")

    async def _count_new(self, tally: Tally, marks: Sequence[Mark]) -> Document:
        amount = sum(mark.amount for mark in marks)
        counter = [
            {"op": "incr", "path": "/count", "value": amount},
            {"op": "set", "path": "/updated_at", "value": from_epoch(self._clock.now())},
        ]
        sums = {tally.total: amount, **tally.add}
        state = [{"op": "incr", "path": f"/{name}", "value": more} for name, more in sums.items()]
        state += [
            {"op": "set", "path": f"/{name}", "value": value}
            for name, value in tally.assign.items()
        ]
        ours = f"FROM c WHERE c.last_owner = {json.dumps(OWNER)}"
        operations: list[Operation] = [
            *_creations(marks),
            ("patch", (tally.counter_id, counter), {"filter_predicate": ours}),
            ("patch", (tally.initial["id"], state), {}),
        ]
        results = await execute_batch(self._container, operations, tally.partition)
        return dict(results[-1]["resourceBody"])

    async def _read_stored(self, tally: Tally, marks: Sequence[Mark]) -> dict[str, Document]:
        """The state, the counter and those of the marks that exist, by id, in one request."""
        query = "SELECT * FROM c WHERE ARRAY_CONTAINS(@ids, c.id)"
        ids = [tally.initial["id"], tally.counter_id, *(mark.document["id"] for mark in marks)]
        found = await query_documents(self._container, query, {"ids": ids}, tally.partition)
        return {document["id"]: document for document in found}

    async def _refresh(
        self, tally: Tally, marks: Sequence[Mark], stored: Mapping[str, Document]
    ) -> None:
        """Bring outdated marks up to date; one that is gone meanwhile is left to the next time."""
        known = [(mark, stored.get(mark.document["id"])) for mark in marks]
        operations: list[Operation] = []
        for mark, document in known:
            if document is not None and mark.is_outdated(document):
                changes = [
                    {"op": "set", "path": f"/{name}", "value": mark.document[name]}
                    for name in mark.refreshed
                ]
                operations.append(("patch", (document["id"], changes), {}))
        if operations:
            with suppress(BatchRefusedError):
                await execute_batch(self._container, operations, tally.partition)

    async def _count_after_reading(
        self,
        tally: Tally,
        marks: Sequence[Mark],
        state: Document | None,
        counter: Document | None,
    ) -> Document:
        new_state = dict(state or tally.initial)
        new_state[tally.total] = new_state.get(tally.total, 0) + sum(m.amount for m in marks)
        for name, more in tally.add.items():
            new_state[name] = new_state.get(name, 0) + more
        for name, value in tally.assign.items():
            new_state[name] = max(value, new_state.get(name) or value)
        if counter is not None:
            self._warn_of_other_owner(counter)
        now = from_epoch(self._clock.now())
        new_counter = {
            "id": tally.counter_id,
            "user_id": tally.partition[0],
            "thread_id": tally.partition[1],
            "last_batch_old_count": 0,
            "last_batch_lsn": None,
            "created_at": now,
            **(counter or {}),
            "count": new_state[tally.total],
            "last_owner": OWNER,
            "updated_at": now,
        }
        operations = [
            *_creations(marks),
            _write(new_counter, counter),
            _write(new_state, state),
        ]
        results = await execute_batch(self._container, operations, tally.partition)
        return dict(results[-1]["resourceBody"])

    def _warn_of_other_owner(self, counter: Document) -> None:
        name = hash_parts(str(counter["user_id"]), str(counter["id"]))
        if counter.get("last_owner") in (OWNER, None) or name in self._warned:
            return
        self._warned.add(name)
        _log.warning(
            "counter %s was last written by owner %r: an in-process client works on the same turns."
            " Set MEMORY_PROCESSOR_OWNER=durable for it. The count is put right.",
            name,
            counter.get("last_owner"),
        )


def _creations(marks: Sequence[Mark]) -> list[Operation]:
    return [("create", (dict(mark.document),), {}) for mark in marks]


def _write(document: Document, stored: Document | None) -> Operation:
    if stored is None:
        return ("create", (document,), {})
    return ("replace", (document["id"], document), {"if_match_etag": stored["_etag"]})
