"""Entities in Microsoft's in-memory backend: their queues, locks and delayed signals."""

from collections.abc import Callable
from datetime import datetime
from typing import override

import grpc
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import (
    EntityState,
    OrchestrationInstance,
    PendingLockRequest,
)

from local.functions.durable.changes import Changes
from local.functions.durable.timers import call_at
from local.functions.durable.work_source import WorkSource


class EntityBackend(WorkSource):
    """What entities are sent and what they answer; each change is told to `_changes`."""

    def __init__(self, notify: Callable[[], None], changes: Changes) -> None:
        super().__init__(notify, changes)
        # The instances that hold locks, by the critical section that an entity is locked by.
        self._lock_holders: dict[str, str] = {}

    def take_entity(self) -> pb.WorkItem | None:
        """Take the waiting operations of the next entity; one batch of an entity runs at a time."""
        while self._entity_queue:
            entity_id = self._entity_queue.popleft()
            self._entity_queue_set.discard(entity_id)
            entity = self._entities.get(entity_id)
            # An entity in flight is queued again when its batch is completed.
            if not entity or not entity.pending_operations or entity_id in self._entity_in_flight:
                continue
            operations, entity.pending_operations = self._divide(entity)
            if not operations:
                continue
            self._entity_in_flight.add(entity_id)
            entity.dispatched_operations = operations
            self._changes.dispatch(entity_id, left=len(entity.pending_operations))
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

    def give_batch_back(self, item: pb.WorkItem) -> None:
        """Take a batch back that could not be run; its operations wait again, in their order."""
        entity = self._entities.get(item.entityRequestV2.instanceId)
        if entity is None or str(entity.completion_token) != item.completionToken:
            return
        entity.pending_operations[:0] = entity.dispatched_operations
        entity.dispatched_operations.clear()
        self._entity_in_flight.discard(entity.instance_id)
        self._changes.end_batch(entity)
        self._enqueue_entity(entity.instance_id)

    def _divide(self, entity: EntityState) -> tuple[list[pb.HistoryEvent], list[pb.HistoryEvent]]:
        """The operations that may run now, and those that wait until the entity is unlocked.

        As shipped a lock keeps out other locks only. On Azure it keeps out all operations but the
        calls of its holder.
        """
        if entity.locked_by is None:
            return entity.pending_operations, []
        holder = self._lock_holders.get(entity.locked_by)
        now: list[pb.HistoryEvent] = []
        later: list[pb.HistoryEvent] = []
        for operation in entity.pending_operations:
            caller = operation.entityOperationCalled.parentInstanceId.value
            (now if caller and caller == holder else later).append(operation)
        return now, later

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
        """Remove empty entities and release locks whose holder has ended.

        As shipped every lock is released, and an entity goes in the middle of its first batch.
        """
        reply = pb.CleanEntityStorageResponse()
        for entity in list(self._entities.values()):
            if request.releaseOrphanedLocks and not self._is_held(entity.locked_by or ""):
                reply.orphanedLocksReleased += entity.locked_by is not None
                entity.locked_by = None
                self._enqueue_entity(entity.instance_id)
            if request.removeEmptyEntities and self._is_empty(entity):
                del self._entities[entity.instance_id]
                self._entity_queue_set.discard(entity.instance_id)
                self._changes.drop_entity(entity.instance_id)
                reply.emptyEntitiesRemoved += 1
        self._try_grant_pending_locks()
        return reply

    def _is_empty(self, entity: EntityState) -> bool:
        has_work = entity.pending_operations or entity.instance_id in self._entity_in_flight
        return entity.serialized_state is None and entity.locked_by is None and not has_work

    def _is_held(self, section: str) -> bool:
        holder = self._instances.get(self._lock_holders.get(section, ""))
        return holder is not None and not self._is_terminal_status(holder.status)

    # Locks

    def _grant_lock(self, pending: PendingLockRequest) -> None:
        self._lock_holders[pending.critical_section_id] = pending.parent_instance_id
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
                self._enqueue_entity(unlocked)

    def _forget_locks(self, instance_id: str) -> None:
        """Drop the lock requests of an instance that ended; as shipped one may still be granted.

        What it held the SDK has released in its last turn.
        """
        self._pending_lock_requests = [
            request
            for request in self._pending_lock_requests
            if request.parent_instance_id != instance_id
        ]
        for section in [s for s, holder in self._lock_holders.items() if holder == instance_id]:
            del self._lock_holders[section]

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
