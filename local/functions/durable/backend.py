"""Orchestration and entity state of one app, behaving as the Durable extension does on Azure.

State lives in this process and ends with it. All calls are made on the event loop's thread.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import override

import grpc
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance, StateWaiter

from local.functions.durable.finished_runs import FinishedRuns
from local.functions.durable.runs import RunBackend


@dataclass(frozen=True)
class _Parent:
    """Who waits for a sub-orchestration: one task of one run."""

    instance_id: str
    task_id: int
    token: int


class LocalBackend(RunBackend):
    """What instances do to each other and to their clients, on top of their runs."""

    def __init__(self, notify: Callable[[], None], finished: FinishedRuns) -> None:
        super().__init__(notify, finished)
        self._parents: dict[str, _Parent] = {}
        self._recursively_terminated: set[str] = set()

    @override
    def _after_run(self, instance: OrchestrationInstance) -> None:
        self._notify_parent(instance)
        if instance.instance_id in self._recursively_terminated:
            self._recursively_terminated.discard(instance.instance_id)
            self._terminate_children(instance)

    # Sub-orchestrations

    def _process_create_sub_orchestration_action(
        self, instance: OrchestrationInstance, action: pb.OrchestratorAction
    ) -> None:
        """Create a sub-orchestration that knows its parent; as shipped call_http fails for want."""
        super()._process_create_sub_orchestration_action(instance, action)
        child_id = action.createSubOrchestration.instanceId
        expected = _Parent(instance.instance_id, action.id, instance.completion_token)
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
        self._parents[sub_instance_id] = _Parent(parent_instance_id, task_id, token)
        child = self._instances.get(sub_instance_id)
        if child is not None and self._is_terminal_status(child.status):
            self._notify_parent(child)

    def _notify_parent(self, child: OrchestrationInstance) -> None:
        parent = self._parents.pop(child.instance_id, None)
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
        """Terminate an instance and, when asked, everything below it (not so as shipped)."""
        if recursive and instance_id in self._first_tokens:
            self._recursively_terminated.add(instance_id)
        self._delayed.discard(instance_id)
        super()._terminate_instance_internal(instance_id, output)

    def _terminate_children(self, parent: OrchestrationInstance) -> None:
        children = [
            child for child, link in self._parents.items() if link.instance_id == parent.instance_id
        ]
        for child in children:
            self._terminate_instance_internal(child, parent.output, recursive=True)

    def _prepare_rewind(self, instance: OrchestrationInstance, reason: str | None = None) -> None:
        instance.history = self._finished.restore_history(instance)
        super()._prepare_rewind(instance, reason)
        self._begin_run(instance)

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
        return iter([pb.HistoryChunk(events=self._finished.restore_history(instance))])

    def purge_expired(self) -> int:
        """Drop finished instances whose retention is over; returns how many."""
        expired = self._finished.pop_expired()
        for instance_id in expired:
            self._instances.pop(instance_id, None)
        return len(expired)

    @override
    def PurgeInstances(
        self, request: pb.PurgeInstancesRequest, context: grpc.ServicerContext
    ) -> pb.PurgeInstancesResponse:
        """Purge finished instances, their kept histories included."""
        reply = super().PurgeInstances(request, context)
        self._finished.drop_missing(self._instances)
        return reply

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
