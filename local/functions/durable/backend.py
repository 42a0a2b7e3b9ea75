"""Orchestration and entity state of one app, behaving as the Durable extension does on Azure.

State lives in this process; whoever is told of its changes may keep it. All calls are made on the
event loop's thread.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import override

import grpc
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import (
    ActivityWorkItem,
    OrchestrationInstance,
    PendingLockRequest,
    StateWaiter,
)

from local.functions.durable.changes import Changes
from local.functions.durable.finished_runs import FinishedRuns
from local.functions.durable.open_work import find_open_work
from local.functions.durable.parent_link import ParentLink
from local.functions.durable.runs import RunBackend
from local.functions.durable.statuses import FINISHED
from local.functions.durable.storage.reading import StoredHub


class LocalBackend(RunBackend):
    """What instances do to each other and to their clients, on top of their runs."""

    def __init__(
        self, notify: Callable[[], None], finished: FinishedRuns, changes: Changes
    ) -> None:
        super().__init__(notify, finished, changes)
        self._parents: dict[str, ParentLink] = {}

    @override
    def _after_run(self, instance: OrchestrationInstance) -> None:
        self._notify_parent(instance)
        self._forget_locks(instance.instance_id)
        if instance.status == pb.ORCHESTRATION_STATUS_TERMINATED and any(
            event.executionTerminated.recurse for event in instance.history
        ):
            self._terminate_children(instance)

    # Sub-orchestrations

    def _process_create_sub_orchestration_action(
        self, instance: OrchestrationInstance, action: pb.OrchestratorAction
    ) -> None:
        """Create a sub-orchestration that knows its parent; as shipped call_http fails for want."""
        super()._process_create_sub_orchestration_action(instance, action)
        child_id = action.createSubOrchestration.instanceId
        expected = ParentLink(instance.instance_id, action.id, instance.completion_token)
        if self._parents.get(child_id) != expected:
            return  # the id is in use by a running instance, which is not ours
        for event in self._instances[child_id].pending_events:
            if event.HasField("executionStarted"):
                parent = event.executionStarted.parentInstance
                parent.taskScheduledId = action.id
                parent.name.value = instance.name
                parent.orchestrationInstance.instanceId = instance.instance_id

    def _watch_sub_orchestration(
        self, parent_instance_id: str, sub_instance_id: str, task_id: int
    ) -> None:
        """Remember who waits; as shipped a thread waits, and gives up after 30 seconds."""
        token = self._instances[parent_instance_id].completion_token
        link = ParentLink(parent_instance_id, task_id, token)
        self._parents[sub_instance_id] = link
        self._changes.set_parent(sub_instance_id, link)
        child = self._instances.get(sub_instance_id)
        if child is not None and self._is_terminal_status(child.status):
            self._notify_parent(child)

    def _notify_parent(self, child: OrchestrationInstance) -> None:
        parent = self._parents.pop(child.instance_id, None)
        self._changes.set_parent(child.instance_id, None)
        if parent is None or not self._is_current(parent.instance_id, parent.token):
            return
        if child.status == pb.ORCHESTRATION_STATUS_COMPLETED:
            event = helpers.new_sub_orchestration_completed_event(parent.task_id, child.output)
        else:
            event = helpers.new_sub_orchestration_failed_event(
                parent.task_id, Exception("Sub-orchestration was terminated")
            )
            if child.failure_details is not None:
                event.subOrchestrationInstanceFailed.failureDetails.CopyFrom(child.failure_details)
        self._deliver(self._instances[parent.instance_id], event)

    # Terminate, rewind

    def _terminate_instance_internal(
        self, instance_id: str, output: str | None, recursive: bool = False
    ) -> None:
        """Terminate an instance and, when asked, everything below it (not so as shipped).

        The event carries the wish, so that it outlives a restart.
        """
        instance = self._instances.get(instance_id)
        if instance is None or self._is_terminal_status(instance.status):
            return
        self._delayed.discard(instance_id)
        super()._terminate_instance_internal(instance_id, output)
        instance.pending_events[-1].executionTerminated.recurse = recursive

    def _terminate_children(self, parent: OrchestrationInstance) -> None:
        children = [
            child for child, link in self._parents.items() if link.instance_id == parent.instance_id
        ]
        for child in children:
            self._terminate_instance_internal(child, parent.output, recursive=True)

    def _prepare_rewind(self, instance: OrchestrationInstance, reason: str | None = None) -> None:
        instance.history = self._finished.restore_history(instance)
        super()._prepare_rewind(instance, reason)
        self._changes.resume_run(instance, instance.completion_token)
        self._admit_run(instance)

    # Finished runs

    @override
    def StreamInstanceHistory(
        self, request: pb.StreamInstanceHistoryRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.HistoryChunk]:
        """Read the history of an instance, running or finished."""
        instance = self._instances.get(request.instanceId)
        if instance is None:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"Orchestration instance '{request.instanceId}' not found",
            )
        return iter([pb.HistoryChunk(events=self.read_history(request.instanceId))])

    def read_history(self, instance_id: str) -> list[pb.HistoryEvent]:
        """The history of an instance that exists, running or finished."""
        return self._finished.restore_history(self._instances[instance_id])

    def purge_expired(self) -> int:
        """Drop finished instances whose retention is over; returns how many."""
        expired = self._finished.pop_expired()
        for instance_id in expired:
            self._instances.pop(instance_id, None)
            self._changes.purge(instance_id)
        return len(expired)

    @override
    def PurgeInstances(
        self, request: pb.PurgeInstancesRequest, context: grpc.ServicerContext
    ) -> pb.PurgeInstancesResponse:
        """Purge finished instances, their kept histories included."""
        reply = super().PurgeInstances(request, context)
        if request.instanceId and not reply.deletedInstanceCount:
            return reply
        if request.instanceId:
            purged = [request.instanceId]
            self._finished.forget(request.instanceId)
        else:
            purged = self._finished.drop_missing(self._instances)
        for instance_id in purged:
            self._changes.purge(instance_id)
        return reply

    # A restart

    def restore(self, hub: StoredHub) -> None:
        """Take over what an earlier process stored, and schedule all that it was waiting for."""
        self._next_completion_token = max(self._next_completion_token, hub.next_token)
        for entity in hub.entities:
            entity.completion_token = self._take_token()
            self._entities[entity.instance_id] = entity
        for stored in hub.instances:
            instance = stored.instance
            instance.completion_token = self._take_token()
            self._instances[instance.instance_id] = instance
            if instance.status in FINISHED:
                finished_at = instance.completed_at or instance.last_updated_at
                self._finished.adopt(instance.instance_id, finished_at, stored.packed_history)
            else:
                self._first_tokens[instance.instance_id] = stored.run
            if stored.parent:
                self._parents[instance.instance_id] = stored.parent
        for stored in hub.instances:
            if stored.instance.status not in FINISHED:
                self._resume(stored.instance)
        for entity in hub.entities:
            if entity.pending_operations:
                self._enqueue_entity(entity.instance_id)
        for signal in hub.signals:
            self._wait_to_signal(signal.number, signal.entity_id, signal.event, signal.fire_at)
        self._try_grant_pending_locks()

    def _take_token(self) -> int:
        self._next_completion_token += 1
        return self._next_completion_token - 1

    def _resume(self, instance: OrchestrationInstance) -> None:
        work = find_open_work([*instance.history, *instance.pending_events])
        for task_id, task in work.activities.items():
            self._activity_queue.append(
                ActivityWorkItem(
                    instance_id=instance.instance_id,
                    name=task.name,
                    task_id=task_id,
                    input=task.input.value if task.HasField("input") else None,
                    completion_token=instance.completion_token,
                )
            )
        for timer_id, fire_at in work.timers.items():
            self._set_timer(instance, timer_id, fire_at)
        for section, request in work.locks.items():
            self._pending_lock_requests.append(
                PendingLockRequest(section, instance.instance_id, list(request.lockSet))
            )
        for section in work.granted:
            self._lock_holders[section] = instance.instance_id
        first = instance.pending_events[0] if instance.pending_events else pb.HistoryEvent()
        start_at = first.timestamp.ToDatetime(tzinfo=UTC)
        is_ended = any(event.HasField("executionTerminated") for event in instance.pending_events)
        if not instance.history and not is_ended and start_at > datetime.now(UTC):
            self._delayed.add(instance.instance_id)
            self._start_later(instance.instance_id, start_at)
        elif self._has_work(instance):
            self._enqueue_orchestration(instance.instance_id)

    # Waiting

    async def wait_for(
        self,
        instance_id: str,
        is_reached: Callable[[OrchestrationInstance], bool],
        timeout_seconds: float | None,
    ) -> OrchestrationInstance | None:
        """Wait until an instance is in some state, without holding a thread.

        None: it is not in that state after the timeout (None waits for ever).
        """
        instance = self._instances.get(instance_id)
        if instance and is_reached(instance):
            return instance
        reached = asyncio.Event()
        waiter = StateWaiter(predicate=is_reached)
        waiter.event = reached  # pyright: ignore[reportAttributeAccessIssue] - only set() is called
        self._state_waiters.setdefault(instance_id, []).append(waiter)
        try:
            async with asyncio.timeout(timeout_seconds):
                await reached.wait()
        except TimeoutError:
            return None
        finally:
            waiters = self._state_waiters.get(instance_id, [])
            if waiter in waiters:
                waiters.remove(waiter)
        return waiter.result
