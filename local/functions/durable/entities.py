"""Entities in Microsoft's in-memory backend: their queues, locks and delayed signals."""

from datetime import datetime
from typing import override

import grpc
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance, PendingLockRequest

from local.functions.durable.timers import call_at
from local.functions.durable.work_source import WorkSource


class EntityBackend(WorkSource):
    """What entities are sent and what they answer; each change is told to `_changes`."""

    def take_entity(self) -> pb.WorkItem | None:
        """Take the waiting operations of the next entity; one batch of an entity runs at a time."""
        while self._entity_queue:
            entity_id = self._entity_queue.popleft()
            self._entity_queue_set.discard(entity_id)
            entity = self._entities.get(entity_id)
            # An entity in flight is queued again when its batch is completed.
            if not entity or not entity.pending_operations or entity_id in self._entity_in_flight:
                continue
            self._entity_in_flight.add(entity_id)
            operations, entity.pending_operations = entity.pending_operations, []
            entity.dispatched_operations = operations
            self._changes.dispatch(entity_id)
            state = entity.serialized_state
            return pb.WorkItem(
                completionToken=str(entity.completion_token),
                entityRequestV2=pb.EntityRequest(
                    instanceId=entity_id,
                    entityState=helpers.get_string_value(state) if state else None,
                    operationRequests=operations,
                ),
            )
        return None

    @override
    def CompleteEntityTask(
        self, request: pb.EntityBatchResult, context: grpc.ServicerContext
    ) -> pb.CompleteTaskResponse:
        """Take the result of a batch: state, answers and signals are one change."""
        done = [
            entity
            for entity in map(self._entities.get, self._entity_in_flight)
            if entity and str(entity.completion_token) == request.completionToken
        ]
        reply = super().CompleteEntityTask(request, context)
        for entity in done:
            self._changes.end_batch(entity)
        return reply

    def _enqueue_entity(self, entity_id: str) -> None:
        self._changes.change_entity(self._entities[entity_id])
        super()._enqueue_entity(entity_id)

    @override
    def CleanEntityStorage(
        self, request: pb.CleanEntityStorageRequest, context: grpc.ServicerContext
    ) -> pb.CleanEntityStorageResponse:
        """Remove empty entities and release locks whose holder has ended."""
        before = set(self._entities)
        reply = super().CleanEntityStorage(request, context)
        for entity_id in before - set(self._entities):
            self._changes.drop_entity(entity_id)
        for entity in self._entities.values():
            if request.releaseOrphanedLocks:
                self._changes.change_entity(entity)
        return reply

    # Locks

    def _grant_lock(self, pending: PendingLockRequest) -> None:
        super()._grant_lock(pending)
        for entity_id in pending.lock_set:
            self._changes.change_entity(self._entities[entity_id])

    def _process_send_entity_message_action(
        self, instance: OrchestrationInstance, action: pb.OrchestratorAction
    ) -> None:
        super()._process_send_entity_message_action(instance, action)
        if action.sendEntityMessage.HasField("entityUnlockSent"):
            unlocked = action.sendEntityMessage.entityUnlockSent.targetInstanceId.value
            if unlocked in self._entities:
                self._changes.change_entity(self._entities[unlocked])

    # Delayed signals

    def _schedule_delayed_entity_operation(
        self, entity_id: str, event: pb.HistoryEvent, fire_at: datetime
    ) -> None:
        number = self._changes.delay_signal(entity_id, event, fire_at)
        self._wait_to_signal(number, entity_id, event, fire_at)

    def _wait_to_signal(
        self, number: int, entity_id: str, event: pb.HistoryEvent, fire_at: datetime
    ) -> None:
        def deliver() -> None:
            self._changes.deliver_signal(number)
            self._queue_entity_operation(entity_id, event)

        call_at(fire_at, deliver)
