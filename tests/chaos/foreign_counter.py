"""The counters as an in-process client of the public SDK writes them: a list of fields of its own.

The real client is too slow to start in each seed; tests/e2e meets it.
"""

from datetime import UTC, datetime

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from tests.chaos.workload import Document, PlannedTurn

OWNER = "inprocess"
_WRITTEN = "written_elsewhere"
_ADDED = "added_before"
_FORBIDDEN = frozenset("/\\?#")
_LONGEST_ID = 255
_ATTEMPTS = 3
_KEPT = ("last_batch_lsn", "last_batch_old_count", "last_extract_count", "created_at")


async def count_turn(container: ContainerProxy, turn: PlannedTurn) -> int:
    """Add a turn to the counters of its thread and its user; how many of them were written.

    Those whose ids the SDK cannot use stay as they are, and so does one that others keep writing.
    """
    thread = f"thread:{turn.user_id}:{turn.thread_id}", [*turn.thread]
    user = f"user:{turn.user_id}", [turn.user_id, "__counters__"]
    return sum([await _add_one(container, *thread), await _add_one(container, *user)])


def count_additions(counter: Document) -> int:
    """How much the app has added to what an in-process client had written, instead of mending it.

    Two fields tell, which the real client does not write: what it has counted last, and what was
    added before.
    """
    before = int(counter.get(_ADDED, 0))
    if counter.get("last_owner") != OWNER:
        return before
    return before + counter["count"] - counter[_WRITTEN]


async def _add_one(container: ContainerProxy, counter_id: str, partition: list[str]) -> bool:
    if _FORBIDDEN.intersection(counter_id) or len(counter_id) > _LONGEST_ID:
        return False
    for _ in range(_ATTEMPTS):
        try:
            existing: Document | None = dict(await container.read_item(counter_id, partition))
        except CosmosResourceNotFoundError:
            existing = None
        counter = _build_counter(counter_id, partition, existing or {})
        try:
            if existing is None:
                await container.create_item(counter)
            else:
                await container.upsert_item(
                    counter,
                    etag=existing["_etag"],
                    match_condition=MatchConditions.IfNotModified,
                )
        except (CosmosAccessConditionFailedError, CosmosResourceExistsError):
            continue
        return True
    return False


def _build_counter(counter_id: str, partition: list[str], existing: Document) -> Document:
    now, count = datetime.now(UTC).isoformat(), existing.get("count", 0)
    return {
        "id": counter_id,
        "user_id": partition[0],
        "thread_id": partition[1],
        "last_batch_lsn": None,
        "last_batch_old_count": count,
        "created_at": now,
        **{name: existing[name] for name in _KEPT if name in existing},
        "count": count + 1,
        _WRITTEN: count + 1,
        _ADDED: count_additions(existing),
        "updated_at": now,
        "last_owner": OWNER,
    }
