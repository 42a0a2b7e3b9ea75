"""Rows of the task hub's file: their keys, and history events as bytes."""

from collections.abc import Iterable, Sequence

from durabletask.internal import orchestrator_service_pb2 as pb

# How many rows of one kind an owner (an instance or an entity) can have: 2 to the power of this.
_POSITION_BITS = 24


def make_key(owner: int, position: int) -> int:
    """The key of an owner's row; the rows of an owner follow one another."""
    return owner << _POSITION_BITS | position


def key_range(owner: int) -> tuple[int, int]:
    """The first and the last key that an owner can have."""
    return make_key(owner, 0), make_key(owner + 1, 0) - 1


def owner_of(key: int) -> int:
    """Whose row this is."""
    return key >> _POSITION_BITS


def pack(events: Sequence[pb.HistoryEvent]) -> bytes:
    """Events as bytes; packed events that follow one another may be joined."""
    return pb.HistoryChunk(events=events).SerializeToString()


def unpack(rows: Iterable[bytes]) -> list[pb.HistoryEvent]:
    """The events of packed rows, in order."""
    return list(pb.HistoryChunk.FromString(b"".join(rows)).events)
