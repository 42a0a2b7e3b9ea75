"""Work items taken straight from the backend's queues, without its gRPC stream.

Microsoft's backend hands work out through a blocking stream meant for a thread of a gRPC server.
Here the host asks for the next item of a kind when it has room to run one, and is told when there
may be some. Everything happens on the event loop's thread.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import ActivityWorkItem, InMemoryOrchestrationBackend

from local.functions.durable.changes import Changes
from local.functions.durable.timestamps import make_timestamp

# Stands for the caller where the backend does not look at it.
_NOBODY: Any = None

# As shipped a run of more than 10,000 events can never be completed again and stays Running.
_NO_HISTORY_LIMIT = 2**31


class _WorkSignal(threading.Event):
    """Stands for the event that the backend sets when it queues something."""

    def __init__(self, notify: Callable[[], None]) -> None:
        super().__init__()
        self._notify = notify

    def set(self) -> None:
        self._notify()


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an orchestration: its history so far, and the events that woke it."""

    orchestrator: str
    completion_token: str
    request: pb.OrchestratorRequest


class WorkSource(InMemoryOrchestrationBackend):
    """The backend's three queues; `notify` is called when one of them may have grown."""

    def __init__(self, notify: Callable[[], None], changes: Changes) -> None:
        super().__init__(max_history_size=_NO_HISTORY_LIMIT)
        self._work_available = _WorkSignal(notify)
        self._changes = changes
        self._fresh: deque[str] = deque()

    def take_first_turn(self) -> Turn | None:
        """Take the first turn of an orchestration that has not begun; see take_orchestration."""
        return self._take_turn(self._fresh)

    def take_orchestration(self) -> Turn | None:
        """Take the next turn of an orchestration that has begun.

        It is in flight until it is completed.
        """
        return self._take_turn(self._orchestration_queue)

    def _take_turn(self, queue: deque[str]) -> Turn | None:
        while queue:
            instance_id = queue.popleft()
            self._orchestration_queue_set.discard(instance_id)
            instance = self._instances.get(instance_id)
            if instance is None or not instance.pending_events:
                continue
            events, instance.pending_events = instance.pending_events, []
            # The clock that orchestrators read advances with the first event of each turn.
            if instance.history and not events[0].HasField("orchestratorStarted"):
                events.insert(0, _begin_turn())
            instance.dispatched_events = events
            self._changes.dispatch(instance_id)
            self._orchestration_in_flight.add(instance_id)
            request = pb.OrchestratorRequest(
                instanceId=instance_id, pastEvents=instance.history, newEvents=events
            )
            return Turn(instance.name, str(instance.completion_token), request)
        return None

    def give_turn_back(self, turn: Turn) -> None:
        """Take a turn back that could not be run; what woke it waits again."""
        self.AbandonTaskOrchestratorWorkItem(
            pb.AbandonOrchestrationTaskRequest(completionToken=turn.completion_token), _NOBODY
        )
        instance = self._instances.get(turn.request.instanceId)
        if instance is not None:
            self._changes.replace_inbox(instance)

    def give_activity_back(self, item: ActivityWorkItem) -> None:
        """Take an activity back that could not be run; as shipped this does nothing."""
        self._activity_queue.append(item)
        self._work_available.set()

    def take_activity(self) -> ActivityWorkItem | None:
        """Take the next activity to run."""
        return self._activity_queue.popleft() if self._activity_queue else None

    def _enqueue_orchestration(self, instance_id: str) -> None:
        """Queue an instance that has something to do.

        As shipped a finished instance is given one more turn by a late event, and an instance in
        flight circles in the queue and holds up the others. Completing a turn looks again.
        """
        instance = self._instances.get(instance_id)
        if instance is None:
            return
        if self._is_terminal_status(instance.status):
            instance.pending_events.clear()
            return
        self._changes.grow_inbox(instance)
        if instance_id in self._orchestration_in_flight:
            return
        if instance.history:
            super()._enqueue_orchestration(instance_id)
        elif instance_id not in self._orchestration_queue_set:
            self._fresh.append(instance_id)
            self._orchestration_queue_set.add(instance_id)
            self._work_available.set()


def _begin_turn() -> pb.HistoryEvent:
    return pb.HistoryEvent(
        eventId=-1, timestamp=make_timestamp(), orchestratorStarted=pb.OrchestratorStartedEvent()
    )
