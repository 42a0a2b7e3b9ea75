"""A turn of a conversation, as it is read from Cosmos DB and as it is counted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.timestamps import format_timestamp, from_epoch, parse_timestamp
from shared.domain.unseen import neutralise_unseen

MAX_PARTITION_BYTES = 1900
DEFAULT_TURN_TTL = 2_592_000
SEEN_OUTLIVES_TURN = 2_592_000
FOR_EVER = -1
_MAX_METADATA_CHARACTERS = 200
_LONGEST_TTL = 2**31 - 1  # what Cosmos DB takes at most
_ROLES = {
    "user": "user",
    "agent": "agent",
    "assistant": "agent",
    "tool": "tool",
    "system": "system",
}


class Frozen(BaseModel):
    """Base of the domain's values: immutable, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ThreadKey(Frozen):
    """Names one thread of one user; together they are the partition of all its documents."""

    user_id: str
    thread_id: str


class ArrivedTurn(Frozen):
    """What is remembered of a turn to count it once: ids and server order, no content.

    `order` sorts as the server received the turns: its second, its place in the change feed (which
    turns written in one transaction share), and its position in the batch that was delivered.
    `arrived_at` is the time of the write that was seen, in Unix seconds, `lifetime` the turn's own
    `ttl` (-1: for ever; None: the container's), `ttl` that of what is remembered, which is longer.
    """

    turn_id: str
    order: str
    arrived_at: int
    ttl: int
    lifetime: int | None = None


class Turn(Frozen):
    """A turn with its content, as the extraction and summary prompts need it.

    One that is `withheld` holds something sensitive: it has neither content nor metadata, and no
    model is shown it.
    """

    id: str
    role: str
    content: str
    created_at: str
    agent_id: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    extracted_elsewhere: bool = False
    withheld: bool = False


class RejectedTurn(Frozen):
    """A turn whose ids cannot be a partition of ours; an id that is no text stands as empty."""

    turn_id: str
    user_id: str
    thread_id: str
    reason: str


class Arrivals(Frozen):
    """A batch of turn documents, grouped by thread in order of arrival; and those unusable."""

    threads: dict[tuple[str, str], list[ArrivedTurn]]
    rejected: list[RejectedTurn]


def read_arrival(
    document: Mapping[str, Any], position: int = 0, default_ttl: int | None = FOR_EVER
) -> tuple[ThreadKey, ArrivedTurn] | RejectedTurn | None:
    """The countable part of a document of the turns container; None where it is no turn.

    `default_ttl` is the container's, in seconds; None where it removes nothing.
    """
    if document.get("type") != "turn":
        return None
    ids = (document.get(name) for name in ("id", "user_id", "thread_id"))
    turn_id, user_id, thread_id = (value if isinstance(value, str) else "" for value in ids)
    if reason := _reason_to_reject(turn_id, user_id, thread_id):
        ids = [_replace_surrogates(text) for text in (turn_id, user_id, thread_id)]
        return RejectedTurn(turn_id=ids[0], user_id=ids[1], thread_id=ids[2], reason=reason)
    second = _read_whole(document.get("_ts"), 0)
    place = _read_whole(document.get("_lsn"), 0)
    own = _read_whole(document.get("ttl"), 0) or None
    return ThreadKey(user_id=user_id, thread_id=thread_id), ArrivedTurn(
        turn_id=turn_id,
        order=f"{second:012d}.{place:016d}.{position:06d}",
        arrived_at=second,
        ttl=_outlive(own, default_ttl),
        lifetime=own,
    )


def _outlive(own_ttl: int | None, default_ttl: int | None) -> int:
    """The `ttl` of what must be there for as long as the turn, and a month longer."""
    lifetime = FOR_EVER if default_ttl is None else own_ttl or default_ttl
    return FOR_EVER if lifetime < 0 else min(lifetime + SEEN_OUTLIVES_TURN, _LONGEST_TTL)


def _reason_to_reject(turn_id: str, user_id: str, thread_id: str) -> str:
    """Why a turn with these ids cannot be counted; empty if it can."""
    if not (turn_id and user_id and thread_id):
        return "id_missing"
    return "" if fits_partition(user_id, thread_id) else "ids_too_long"


def _read_whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def fits_partition(user_id: str, thread_id: str) -> bool:
    """Whether the two ids fit a Cosmos DB partition key with room for our own keys."""
    try:
        return len(user_id.encode()) + len(thread_id.encode()) <= MAX_PARTITION_BYTES
    except UnicodeEncodeError:
        return False


def group_arrivals(
    documents: Iterable[Mapping[str, Any]], default_ttl: int | None = FOR_EVER
) -> Arrivals:
    """Group documents by thread, each turn once, in server order; apart those unusable.

    `default_ttl` is that of their container.
    """
    threads: dict[tuple[str, str], dict[str, ArrivedTurn]] = {}
    rejected: list[RejectedTurn] = []
    for position, document in enumerate(documents):
        arrival = read_arrival(document, position, default_ttl)
        if arrival is None:
            continue
        if isinstance(arrival, RejectedTurn):
            rejected.append(arrival)
            continue
        key, turn = arrival
        threads.setdefault((key.user_id, key.thread_id), {}).setdefault(turn.turn_id, turn)
    ordered = {key: sorted(found.values(), key=lambda t: t.order) for key, found in threads.items()}
    return Arrivals(threads=ordered, rejected=rejected)


def allowed_metadata(turn: Turn, keys: Sequence[str]) -> dict[str, str]:
    """The turn's metadata under these keys, as short texts; what is no plain value is left out."""
    return {
        key: neutralise_unseen(str(turn.metadata[key])[:_MAX_METADATA_CHARACTERS])
        for key in keys
        if isinstance(turn.metadata.get(key), str | int | float)
    }


def read_turn(document: Mapping[str, Any]) -> Turn:
    """The turn that a document holds; a missing or unreadable created_at falls back to its _ts."""
    created = parse_timestamp(str(document.get("created_at") or ""))
    metadata = document.get("metadata")
    return Turn(
        id=str(document["id"]),
        role=_ROLES.get(str(document.get("role", "")).lower(), "system"),
        content=_replace_surrogates(str(document.get("content") or "")),
        created_at=format_timestamp(created) if created else from_epoch(document.get("_ts") or 0),
        agent_id=str(document["agent_id"]) if document.get("agent_id") else None,
        metadata=cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {},
        extracted_elsewhere=bool(document.get("extracted_at")),
    )


def _replace_surrogates(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 request body can carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
