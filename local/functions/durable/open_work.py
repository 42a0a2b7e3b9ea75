"""What a run waits for, told from its history: what was scheduled and has not come back.

Nothing of this is stored on its own: after a restart it is scheduled again from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from durabletask.internal import orchestrator_service_pb2 as pb


@dataclass
class OpenWork:
    """Activities by task id, timers by timer id, lock requests by the id of their section.

    `granted` are the sections whose locks were granted; they may have been released since.
    """

    activities: dict[int, pb.TaskScheduledEvent] = field(
        default_factory=dict[int, pb.TaskScheduledEvent]
    )
    timers: dict[int, datetime] = field(default_factory=dict[int, datetime])
    locks: dict[str, pb.EntityLockRequestedEvent] = field(
        default_factory=dict[str, pb.EntityLockRequestedEvent]
    )
    granted: set[str] = field(default_factory=set[str])


def find_open_work(events: Iterable[pb.HistoryEvent]) -> OpenWork:
    """Read the events of a run in order, those that wait in its inbox last.

    A task id may be scheduled again after it failed: that is how retries are recorded.
    """
    work = OpenWork()
    for event in events:
        kind = event.WhichOneof("eventType")
        if kind == "taskScheduled":
            work.activities[event.eventId] = event.taskScheduled
        elif kind == "taskCompleted":
            work.activities.pop(event.taskCompleted.taskScheduledId, None)
        elif kind == "taskFailed":
            work.activities.pop(event.taskFailed.taskScheduledId, None)
        elif kind == "timerCreated":
            work.timers[event.eventId] = event.timerCreated.fireAt.ToDatetime(tzinfo=UTC)
        elif kind == "timerFired":
            work.timers.pop(event.timerFired.timerId, None)
        elif kind == "entityLockRequested":
            request = event.entityLockRequested
            work.locks[request.criticalSectionId] = request
        elif kind == "entityLockGranted":
            section = event.entityLockGranted.criticalSectionId
            work.locks.pop(section, None)
            work.granted.add(section)
    return work
