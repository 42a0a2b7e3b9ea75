"""Microsoft's in-memory Durable Task backend, behaving as the Durable extension does on Azure.

The backend is made for unit tests of orchestrators. Each override answers one difference from the
real extension; its docstring says which. State lives in this process and ends with it. All calls
are made on the event loop's thread.
"""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import override

import grpc
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance, StateWaiter

from local.functions.durable.finished_runs import FinishedRuns
from local.functions.durable.instance_ids import find_fault
from local.functions.durable.timers import RunTimers, call_at
from local.functions.durable.work_source import WorkSource

# overridableExistingInstanceStates: NonRunningStates, the extension's default.
_FINISHED = (
    pb.ORCHESTRATION_STATUS_COMPLETED,
    pb.ORCHESTRATION_STATUS_FAILED,
    pb.ORCHESTRATION_STATUS_CANCELED,
    pb.ORCHESTRATION_STATUS_TERMINATED,
)


@dataclass(frozen=True)
class _Parent:
    """Who waits for a sub-orchestration: one task of one run."""

    instance_id: str
    task_id: int
    token: int


class LocalBackend(WorkSource):
    """Orchestration and entity state of one app.

    A run is what one id does between two starts (continue_as_new is a start too). Completion tokens
    only grow, so anything scheduled under a token smaller than its run's first belongs to an
    earlier run and is dropped.
    """

    def __init__(self, notify: Callable[[], None], finished: FinishedRuns) -> None:
        super().__init__(notify)
        self._finished = finished
        self._timers = RunTimers()
        self._first_tokens: dict[str, int] = {}
        self._parents: dict[str, _Parent] = {}
        self._delayed: set[str] = set()
        self._recursively_terminated: set[str] = set()

    # Runs begin

    @override
    def StartInstance(
        self, request: pb.CreateInstanceRequest, context: grpc.ServicerContext
    ) -> pb.CreateInstanceResponse:
        """Start an instance; a finished id is run again, and `start_at` is obeyed.

        As shipped a finished id is refused, and a start in the future only stamps the first event.
        The extension ignores the request's own reuse policy.
        """
        fault = find_fault(request.instanceId)
        if fault:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, fault)
        instance_id = request.instanceId or uuid.uuid4().hex
        request.instanceId = instance_id
        request.orchestrationIdReusePolicy.CopyFrom(
            pb.OrchestrationIdReusePolicy(replaceableStatus=_FINISHED)
        )
        existing = self._instances.get(instance_id)
        if request.HasField("scheduledStartTimestamp") and (
            existing is None or self._is_terminal_status(existing.status)
        ):
            self._delay_start(instance_id, request.scheduledStartTimestamp.ToDatetime(tzinfo=UTC))
        reply = super().StartInstance(request, context)
        self._begin_run(self._instances[instance_id])
        return reply

    def _create_instance_internal(
        self,
        instance_id: str,
        name: str,
        encoded_input: str | None = None,
        version: str | None = None,
    ) -> None:
        super()._create_instance_internal(instance_id, name, encoded_input, version)
        self._begin_run(self._instances[instance_id])

    def _begin_run(self, instance: OrchestrationInstance) -> None:
        self._first_tokens[instance.instance_id] = instance.completion_token
        self._timers.cancel(instance.instance_id)
        self._finished.forget(instance.instance_id)

    def _delay_start(self, instance_id: str, start_at: datetime) -> None:
        if start_at <= datetime.now(UTC):
            return

        def start() -> None:
            self._delayed.discard(instance_id)
            self._enqueue_orchestration(instance_id)

        self._delayed.add(instance_id)
        call_at(start_at, start)

    def _enqueue_orchestration(self, instance_id: str) -> None:
        if instance_id not in self._delayed:
            super()._enqueue_orchestration(instance_id)

    def _is_current(self, instance_id: str, token: int) -> bool:
        first = self._first_tokens.get(instance_id)
        return first is not None and token >= first

    # Turns and runs end

    @override
    def CompleteOrchestratorTask(
        self, request: pb.OrchestratorResponse, context: grpc.ServicerContext
    ) -> pb.CompleteTaskResponse:
        """Take the result of a turn; a run that ended tells its parent and its waiters."""
        reply = super().CompleteOrchestratorTask(request, context)
        instance = self._instances.get(request.instanceId)
        if instance is None:
            return reply
        if self._is_terminal_status(instance.status):
            self._end_run(instance)
        elif instance.pending_events and instance.status != pb.ORCHESTRATION_STATUS_SUSPENDED:
            self._enqueue_orchestration(instance.instance_id)
        return reply

    def _process_complete_orchestration_action(
        self, instance: OrchestrationInstance, complete_action: pb.CompleteOrchestrationAction
    ) -> None:
        super()._process_complete_orchestration_action(instance, complete_action)
        if complete_action.orchestrationStatus == pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW:
            self._timers.cancel(instance.instance_id)
            self._first_tokens[instance.instance_id] = self._next_completion_token

    def _end_run(self, instance: OrchestrationInstance) -> None:
        instance_id = instance.instance_id
        if self._first_tokens.pop(instance_id, None) is None:
            return
        instance.completed_at = instance.completed_at or datetime.now(UTC)
        self._timers.cancel(instance_id)
        self._notify_parent(instance)
        if instance_id in self._recursively_terminated:
            self._recursively_terminated.discard(instance_id)
            self._terminate_children(instance)
        instance.history = self._finished.keep(instance)

    @override
    def CompleteActivityTask(
        self, request: pb.ActivityResponse, context: grpc.ServicerContext
    ) -> pb.CompleteTaskResponse:
        """Take the result of an activity, unless it is of an earlier run of its instance.

        As shipped a new run is given the results of the run before it, and a failure with an empty
        message counts as success.
        """
        if not self._is_current(request.instanceId, int(request.completionToken)):
            return pb.CompleteTaskResponse()
        if request.HasField("failureDetails") and not request.failureDetails.errorMessage:
            request.failureDetails.errorMessage = request.failureDetails.errorType or "(unknown)"
        return super().CompleteActivityTask(request, context)

    # Timers

    def _process_create_timer_action(
        self, instance: OrchestrationInstance, action: pb.OrchestratorAction
    ) -> None:
        """Set a timer on the loop; as shipped each holds a thread and survives its run."""
        fire_at = action.createTimer.fireAt.ToDatetime(tzinfo=UTC)
        instance.history.append(helpers.new_timer_created_event(action.id, fire_at))
        instance_id, token = instance.instance_id, instance.completion_token

        def fire() -> None:
            if self._is_current(instance_id, token):
                event = helpers.new_timer_fired_event(action.id, fire_at)
                self._deliver(self._instances[instance_id], event)

        self._timers.schedule(instance_id, fire_at, fire)

    def _schedule_delayed_entity_operation(
        self, entity_id: str, event: pb.HistoryEvent, fire_at: datetime
    ) -> None:
        call_at(fire_at, lambda: self._queue_entity_operation(entity_id, event))

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

    def _deliver(self, instance: OrchestrationInstance, event: pb.HistoryEvent) -> None:
        instance.pending_events.append(event)
        instance.last_updated_at = datetime.now(UTC)
        self._enqueue_orchestration(instance.instance_id)

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
