"""Writes every change of orchestrations and entities to the task hub's file, in groups.

Changes are collected as statements and executed in one transaction by `write`. When that fails (a
full disk) they stay collected and the next `write` tries again; memory is ahead of the file until
then, and nothing may be acknowledged or acted upon.
"""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import EntityState, OrchestrationInstance

from local.functions.durable.changes import Changes
from local.functions.durable.parent_link import ParentLink
from local.functions.durable.storage.rows import key_range, make_key, pack

type _Value = str | bytes | int | float | None


@dataclass(slots=True)
class Track:
    """What of an instance or entity is in the file, so that only the rest is written.

    `stored` counts those of its pending events (operations) that are; what was handed out is too.
    """

    number: int
    history_rows: int = 0
    history_events: int = 0
    inbox_rows: int = 0
    stored: int = 0
    run: int = 0
    parent: ParentLink | None = None
    row_is_due: bool = False
    inbox_is_stale: bool = False


_PUT_INSTANCE = (
    "INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (number) DO UPDATE SET version = excluded.version, status = excluded.status, "
    "updated = excluded.updated, completed = excluded.completed, run = excluded.run, "
    "custom_status = excluded.custom_status, parent_id = excluded.parent_id, "
    "parent_task = excluded.parent_task, parent_run = excluded.parent_run"
)


class Journal(Changes):
    """Keeps the state of a task hub in its file.

    Args:
        connection: The file, as `open_database` returns it.
        next_number: A number above those of all owners in the file.
        tracks: What the file holds, by instance or entity id.
        on_change: Called whenever there is something to write.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        next_number: int,
        tracks: dict[str, Track],
        on_change: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._next_number = next_number
        self._tracks = tracks
        self._on_change = on_change
        self._statements: list[tuple[str, tuple[_Value, ...]]] = []
        self._instances: dict[str, OrchestrationInstance] = {}
        self._entities: dict[str, EntityState] = {}

    @property
    def is_written(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride] - only read
        """Whether the file holds everything."""
        return not (self._statements or self._instances or self._entities)

    @override
    def write(self) -> None:
        """Write all changes in one transaction.

        Raises:
            sqlite3.Error: none of them is written; they are kept for the next call.
        """
        for instance in self._instances.values():
            self._describe_instance(instance)
        for entity in self._entities.values():
            self._describe_entity(entity)
        self._instances.clear()
        self._entities.clear()
        if not self._statements:
            return
        execute = self._connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            for statement, values in self._statements:
                execute(statement, values)
            execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise
        self._statements.clear()

    # Instances

    @override
    def begin_run(self, instance: OrchestrationInstance, token: int) -> None:
        self.purge(instance.instance_id)
        track = Track(self._take_number(), run=token, row_is_due=True)
        self._tracks[instance.instance_id] = track
        self._change_instance(instance)

    @override
    def resume_run(self, instance: OrchestrationInstance, token: int) -> None:
        track = self._tracks[instance.instance_id]
        track.run, track.row_is_due = token, True
        self.replace_inbox(instance)

    @override
    def dispatch(self, owner_id: str, left: int = 0) -> None:
        self._tracks[owner_id].stored = left

    @override
    def grow_inbox(self, instance: OrchestrationInstance) -> None:
        self._change_instance(instance)

    @override
    def replace_inbox(self, instance: OrchestrationInstance) -> None:
        self._tracks[instance.instance_id].inbox_is_stale = True
        self._change_instance(instance)

    @override
    def end_turn(self, instance: OrchestrationInstance, token: int, *, rewritten: bool) -> None:
        track = self._tracks[instance.instance_id]
        if rewritten and track.history_rows:
            self._add("DELETE FROM history WHERE key BETWEEN ? AND ?", *key_range(track.number))
        if rewritten:
            track.history_rows = track.history_events = 0
        # At once: the history of a finished run is packed before the next `write`.
        events = instance.history[track.history_events :]
        if events:
            key = make_key(track.number, track.history_rows)
            self._add("INSERT INTO history VALUES (?, ?)", key, pack(events))
            track.history_rows += 1
            track.history_events = len(instance.history)
        track.run, track.row_is_due = token, True
        self.replace_inbox(instance)

    @override
    def set_parent(self, instance_id: str, parent: ParentLink | None) -> None:
        track = self._tracks[instance_id]
        track.parent, track.row_is_due = parent, True

    @override
    def purge(self, instance_id: str) -> None:
        self._instances.pop(instance_id, None)
        track = self._tracks.pop(instance_id, None)
        if track is None:
            return
        self._add("DELETE FROM instances WHERE number = ?", track.number)
        self._add("DELETE FROM history WHERE key BETWEEN ? AND ?", *key_range(track.number))
        self._add("DELETE FROM inbox WHERE key BETWEEN ? AND ?", *key_range(track.number))

    # Entities

    @override
    def change_entity(self, entity: EntityState) -> None:
        if entity.instance_id not in self._tracks:
            self._tracks[entity.instance_id] = Track(self._take_number())
        self._tracks[entity.instance_id].row_is_due = True
        self._entities[entity.instance_id] = entity
        self._on_change()

    @override
    def end_batch(self, entity: EntityState) -> None:
        self.change_entity(entity)
        self._tracks[entity.instance_id].inbox_is_stale = True

    @override
    def drop_entity(self, entity_id: str) -> None:
        self._entities.pop(entity_id, None)
        track = self._tracks.pop(entity_id, None)
        if track is not None:
            self._add("DELETE FROM entities WHERE number = ?", track.number)
            self._add("DELETE FROM inbox WHERE key BETWEEN ? AND ?", *key_range(track.number))

    @override
    def delay_signal(self, entity_id: str, event: pb.HistoryEvent, fire_at: datetime) -> int:
        number = self._take_number()
        self._add(
            "INSERT INTO delayed_signals VALUES (?, ?, ?, ?)",
            number,
            entity_id,
            fire_at.timestamp(),
            event.SerializeToString(),
        )
        return number

    @override
    def deliver_signal(self, number: int) -> None:
        self._add("DELETE FROM delayed_signals WHERE number = ?", number)

    # Statements

    def _take_number(self) -> int:
        self._next_number += 1
        return self._next_number - 1

    def _add(self, statement: str, *values: _Value) -> None:
        self._statements.append((statement, values))
        self._on_change()

    def _change_instance(self, instance: OrchestrationInstance) -> None:
        self._instances[instance.instance_id] = instance
        self._on_change()

    def _describe_instance(self, instance: OrchestrationInstance) -> None:
        track = self._tracks[instance.instance_id]
        self._describe_inbox(track, instance.pending_events)
        if not track.row_is_due:
            return
        track.row_is_due = False
        parent = track.parent or ParentLink("", 0, 0)
        self._statements.append(
            (
                _PUT_INSTANCE,
                (
                    track.number,
                    instance.instance_id,
                    instance.name,
                    instance.version,
                    json.dumps(instance.tags) if instance.tags else None,
                    int(instance.status),
                    instance.created_at.timestamp(),
                    instance.last_updated_at.timestamp(),
                    instance.completed_at.timestamp() if instance.completed_at else None,
                    instance.custom_status,
                    track.run,
                    parent.instance_id or None,
                    parent.task_id,
                    parent.token,
                ),
            )
        )

    def _describe_entity(self, entity: EntityState) -> None:
        track = self._tracks[entity.instance_id]
        self._describe_inbox(track, entity.pending_operations)
        self._statements.append(
            (
                "INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?, ?)",
                (
                    track.number,
                    entity.instance_id,
                    entity.serialized_state,
                    entity.last_modified_at.timestamp(),
                    entity.locked_by,
                ),
            )
        )

    def _describe_inbox(self, track: Track, events: list[pb.HistoryEvent]) -> None:
        if track.inbox_is_stale:
            if track.inbox_rows:
                drop = "DELETE FROM inbox WHERE key BETWEEN ? AND ?"
                self._statements.append((drop, key_range(track.number)))
            track.inbox_rows = track.stored = 0
            track.inbox_is_stale = False
        if len(events) > track.stored:
            key = make_key(track.number, track.inbox_rows)
            self._statements.append(
                ("INSERT INTO inbox VALUES (?, ?)", (key, pack(events[track.stored :])))
            )
            track.inbox_rows += 1
            track.stored = len(events)
