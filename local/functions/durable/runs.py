"""Runs of orchestrations in Microsoft's in-memory backend: how they begin, go on and end.

The backend is made for unit tests of orchestrators. Each override answers one difference from the
Durable extension on Azure; its docstring says which.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import override

import grpc
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance

from local.functions.durable.changes import Changes
from local.functions.durable.entities import EntityBackend
from local.functions.durable.finished_runs import FinishedRuns
from local.functions.durable.instance_ids import find_fault
from local.functions.durable.size_watch import SizeWatch
from local.functions.durable.statuses import FINISHED
from local.functions.durable.timers import RunTimers
from local.functions.durable.timestamps import make_timestamp

logger = logging.getLogger("Host.Durable")

_RUN_AGAIN = pb.OrchestrationIdReusePolicy(replaceableStatus=FINISHED)


class RunBackend(EntityBackend):
    """Instances as a sequence of runs.

    A run is what one id does between two starts (continue_as_new is a start too). Completion tokens
    only grow, so anything scheduled under a token smaller than its run's first belongs to an
    earlier run and is dropped.
    """

    def __init__(
        self, notify: Callable[[], None], finished: FinishedRuns, changes: Changes
    ) -> None:
        super().__init__(notify, changes)
        self._finished = finished
        self._timers = RunTimers()
        self.sizes = SizeWatch()
        self._first_tokens: dict[str, int] = {}
        self._delayed: set[str] = set()

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
        request.orchestrationIdReusePolicy.CopyFrom(_RUN_AGAIN)
        existing = self._instances.get(instance_id)
        start_at = _read_start(request)
        if start_at and (existing is None or self._is_terminal_status(existing.status)):
            self._delayed.add(instance_id)
        reply = super().StartInstance(request, context)
        self._begin_run(self._instances[instance_id])
        if instance_id in self._delayed:
            self._start_later(instance_id, start_at or datetime.now(UTC))
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
        self.sizes.check_payload("orchestration input", instance.name, instance.input)
        self._changes.begin_run(instance, instance.completion_token)
        self._admit_run(instance)

    def _admit_run(self, instance: OrchestrationInstance) -> None:
        self._first_tokens[instance.instance_id] = instance.completion_token
        self._timers.cancel(instance.instance_id)
        self._finished.forget(instance.instance_id)

    def _start_later(self, instance_id: str, start_at: datetime) -> None:
        def start() -> None:
            self._delayed.discard(instance_id)
            self._enqueue_orchestration(instance_id)

        self._timers.schedule(instance_id, start_at, start)

    def _enqueue_orchestration(self, instance_id: str) -> None:
        if instance_id in self._delayed:
            self._changes.grow_inbox(self._instances[instance_id])
        else:
            super()._enqueue_orchestration(instance_id)

    @override
    def RaiseEvent(
        self, request: pb.RaiseEventRequest, context: grpc.ServicerContext
    ) -> pb.RaiseEventResponse:
        """Take an event; one for a finished instance is dropped, as shipped it is kept for ever."""
        reply = super().RaiseEvent(request, context)
        instance = self._instances[request.instanceId]
        if self._is_terminal_status(instance.status):
            instance.pending_events.clear()
        else:
            self._changes.grow_inbox(instance)
        return reply

    def _is_current(self, instance_id: str, token: int) -> bool:
        first = self._first_tokens.get(instance_id)
        return first is not None and token >= first

    # Turns and runs end

    @override
    def CompleteOrchestratorTask(
        self, request: pb.OrchestratorResponse, context: grpc.ServicerContext
    ) -> pb.CompleteTaskResponse:
        """Take the result of a turn; a run that ended tells its parent and its waiters."""
        instance = self._instances.get(request.instanceId)
        if instance is None or str(instance.completion_token) != request.completionToken:
            return super().CompleteOrchestratorTask(request, context)  # of an earlier run
        reply = super().CompleteOrchestratorTask(request, context)
        _stamp(instance.history)
        self.sizes.check_history(instance.name, len(instance.history))
        self._changes.end_turn(
            instance,
            self._first_tokens.get(instance.instance_id, 0),
            rewritten=any(_rewrites_history(action) for action in request.actions),
        )
        if self._is_terminal_status(instance.status):
            self._end_run(instance)
        elif self._has_work(instance):
            self._enqueue_orchestration(instance.instance_id)
        return reply

    def _has_work(self, instance: OrchestrationInstance) -> bool:
        """Whether something waits that may be handed out; a suspended instance takes no more."""
        if instance.status != pb.ORCHESTRATION_STATUS_SUSPENDED:
            return bool(instance.pending_events)
        return any(
            event.HasField("executionResumed") or event.HasField("executionTerminated")
            for event in instance.pending_events
        )

    def _process_complete_orchestration_action(
        self, instance: OrchestrationInstance, complete_action: pb.CompleteOrchestrationAction
    ) -> None:
        super()._process_complete_orchestration_action(instance, complete_action)
        if complete_action.orchestrationStatus == pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW:
            self._timers.cancel(instance.instance_id)
            self._first_tokens[instance.instance_id] = self._next_completion_token

    def _after_run(self, instance: OrchestrationInstance) -> None:
        """Called once when a run has ended, before its history is packed."""

    def _end_run(self, instance: OrchestrationInstance) -> None:
        instance_id = instance.instance_id
        if self._first_tokens.pop(instance_id, None) is None:
            return
        instance.completed_at = instance.completed_at or datetime.now(UTC)
        self._timers.cancel(instance_id)
        self.sizes.check_payload("orchestration output", instance.name, instance.output)
        if instance.failure_details is not None:
            failure = instance.failure_details
            logger.error(
                "Orchestration '%s' failed, instance %s: %s: %s",
                instance.name,
                instance_id,
                failure.errorType,
                failure.errorMessage.partition("\n")[0],
            )
        self._after_run(instance)
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
        self._set_timer(instance, action.id, fire_at)

    def _set_timer(self, instance: OrchestrationInstance, timer_id: int, fire_at: datetime) -> None:
        instance_id, token = instance.instance_id, instance.completion_token

        def fire() -> None:
            if self._is_current(instance_id, token):
                event = helpers.new_timer_fired_event(timer_id, fire_at)
                self._deliver(self._instances[instance_id], event)

        self._timers.schedule(instance_id, fire_at, fire)

    def _deliver(self, instance: OrchestrationInstance, event: pb.HistoryEvent) -> None:
        instance.pending_events.append(event)
        instance.last_updated_at = datetime.now(UTC)
        self._enqueue_orchestration(instance.instance_id)


def _read_start(request: pb.CreateInstanceRequest) -> datetime | None:
    """The moment of a start that is still to come; None: at once."""
    if not request.HasField("scheduledStartTimestamp"):
        return None
    start_at = request.scheduledStartTimestamp.ToDatetime(tzinfo=UTC)
    return start_at if start_at > datetime.now(UTC) else None


def _stamp(history: list[pb.HistoryEvent]) -> None:
    """Date the events of the last turn; as shipped most have no time."""
    now = make_timestamp()
    for event in reversed(history):
        if event.HasField("orchestratorStarted"):
            return
        if not event.timestamp.seconds:
            event.timestamp.CopyFrom(now)


def _rewrites_history(action: pb.OrchestratorAction) -> bool:
    if action.HasField("rewindOrchestration"):
        return True
    status = action.completeOrchestration.orchestrationStatus
    return status == pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW
