"""What is kept of finished runs, and for how long, so that memory stays flat."""

import time
from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime

from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance


@dataclass(frozen=True)
class _Kept:
    deadline: float
    history: bytes


class FinishedRuns:
    """Finished instances in the order they finished, their histories packed.

    A history of live protobuf messages takes several times the room of its wire form.

    Args:
        retention_seconds: How long a finished instance can still be asked about.
        limit: How many are kept at most; the oldest go first.
    """

    def __init__(self, retention_seconds: float, limit: int) -> None:
        self._retention_seconds = retention_seconds
        self._limit = limit
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def keep(self, instance: OrchestrationInstance) -> list[pb.HistoryEvent]:
        """Pack the history of an instance; returns what the instance holds instead."""
        packed = pb.HistoryChunk(events=instance.history).SerializeToString()
        deadline = time.monotonic() + self._retention_seconds
        self._kept[instance.instance_id] = _Kept(deadline, packed)
        return []

    def adopt(self, instance_id: str, finished_at: datetime, history: bytes) -> None:
        """Keep a run that finished before this process began; the oldest first."""
        age = (datetime.now(UTC) - finished_at).total_seconds()
        deadline = time.monotonic() + self._retention_seconds - age
        self._kept[instance_id] = _Kept(deadline, history)

    def restore_history(self, instance: OrchestrationInstance) -> list[pb.HistoryEvent]:
        """Read the history of an instance, packed or not."""
        kept = self._kept.get(instance.instance_id)
        if kept is None:
            return instance.history
        return list(pb.HistoryChunk.FromString(kept.history).events)

    def forget(self, instance_id: str) -> None:
        """Drop what is kept of an id, because a new run of it begins."""
        self._kept.pop(instance_id, None)

    def pop_expired(self) -> list[str]:
        """Drop the runs whose time is over or that are too many, and name them."""
        expired: list[str] = []
        now = time.monotonic()
        for instance_id, kept in self._kept.items():
            if kept.deadline > now and len(self._kept) - len(expired) <= self._limit:
                break
            expired.append(instance_id)
        for instance_id in expired:
            del self._kept[instance_id]
        return expired

    def drop_missing(self, instances: Container[str]) -> list[str]:
        """Drop the histories of instances that are no longer there, and name them."""
        missing = [kept for kept in self._kept if kept not in instances]
        for instance_id in missing:
            del self._kept[instance_id]
        return missing
