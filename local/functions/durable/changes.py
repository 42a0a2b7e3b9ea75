"""What the backend says about every change of its state, so that somebody can keep it."""

from datetime import datetime

from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import EntityState, OrchestrationInstance

from local.functions.durable.parent_link import ParentLink


class Changes:
    """Keeps nothing: the state ends with the process. A journal overrides all of it."""

    is_written = True
    """Whether everything that was said is kept."""

    def write(self) -> None:
        """Keep everything that was said since the last call, or nothing of it."""

    def begin_run(self, instance: OrchestrationInstance, token: int) -> None:
        """A new run of an id begins; nothing of an earlier one remains."""

    def resume_run(self, instance: OrchestrationInstance, token: int) -> None:
        """A finished run goes on, with its history."""

    def dispatch(self, owner_id: str, left: int = 0) -> None:
        """An inbox but for `left` was handed out; all of it stays until the turn or batch ends."""

    def grow_inbox(self, instance: OrchestrationInstance) -> None:
        """Events arrived."""

    def replace_inbox(self, instance: OrchestrationInstance) -> None:
        """What waits for an instance is now exactly its pending events."""

    def end_turn(self, instance: OrchestrationInstance, token: int, *, rewritten: bool) -> None:
        """A turn ended; what it read is in the history, which is a new one if `rewritten`."""

    def set_parent(self, instance_id: str, parent: ParentLink | None) -> None:
        """An instance has somebody who waits for it, or no longer."""

    def purge(self, instance_id: str) -> None:
        """An instance is gone."""

    def change_entity(self, entity: EntityState) -> None:
        """An entity is new, was locked or unlocked, or was sent operations."""

    def end_batch(self, entity: EntityState) -> None:
        """An entity has done what it was handed out and has a new state."""

    def drop_entity(self, entity_id: str) -> None:
        """An entity is gone."""

    def delay_signal(self, entity_id: str, event: pb.HistoryEvent, fire_at: datetime) -> int:
        """A signal waits for its time; returns a number for it."""
        return 0

    def deliver_signal(self, number: int) -> None:
        """A delayed signal is now in its entity's inbox."""
