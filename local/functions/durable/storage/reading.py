"""Reads a task hub's file as a whole, when a host starts."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import EntityState, OrchestrationInstance

from local.functions.durable.parent_link import ParentLink
from local.functions.durable.statuses import FINISHED
from local.functions.durable.storage.journal import Journal, Track
from local.functions.durable.storage.rows import owner_of, unpack

# Key and events of each row, by owner.
type _Rows = dict[int, list[bytes]]


@dataclass(frozen=True)
class StoredInstance:
    """An instance, the first token of its run, who waits for it, and its history as bytes.

    That of a finished instance is nowhere else.
    """

    instance: OrchestrationInstance
    run: int
    parent: ParentLink | None
    packed_history: bytes


@dataclass(frozen=True)
class DelayedSignal:
    """An operation that an entity will be sent."""

    number: int
    entity_id: str
    fire_at: datetime
    event: pb.HistoryEvent


@dataclass
class StoredHub:
    """Everything in a file, and what the journal has to know of it."""

    instances: list[StoredInstance] = field(default_factory=list[StoredInstance])
    entities: list[EntityState] = field(default_factory=list[EntityState])
    signals: list[DelayedSignal] = field(default_factory=list[DelayedSignal])
    next_token: int = 1
    _tracks: dict[str, Track] = field(default_factory=dict[str, Track])
    _next_number: int = 1

    def open_journal(
        self, connection: sqlite3.Connection, on_change: Callable[[], None]
    ) -> Journal:
        """A journal that goes on from here."""
        return Journal(connection, self._next_number, self._tracks, on_change)

    def track(self, owner_id: str, track: Track) -> None:
        """Note what the file holds of an instance or entity."""
        self._tracks[owner_id] = track
        self.note_number(track.number)
        parent_token = track.parent.token if track.parent else 0
        self.next_token = max(self.next_token, track.run + 1, parent_token + 1)

    def note_number(self, number: int) -> None:
        """Note that a number is taken."""
        self._next_number = max(self._next_number, number + 1)


def read_hub(connection: sqlite3.Connection) -> StoredHub:
    """Read everything.

    Raises:
        sqlite3.Error: the file cannot be read.
        google.protobuf.message.DecodeError: a row's events cannot be read.
    """
    hub = StoredHub()
    history, inbox = _read_rows(connection, "history"), _read_rows(connection, "inbox")
    for row in connection.execute("SELECT * FROM instances ORDER BY completed, number"):
        _add_instance(hub, row, history.get(row[0], []), inbox.get(row[0], []))
    for number, name, state, modified, locked_by in connection.execute("SELECT * FROM entities"):
        entity = EntityState(name, state, _moment(modified), locked_by)
        rows = inbox.get(number, [])
        entity.pending_operations = unpack(rows)
        hub.entities.append(entity)
        track = Track(number, inbox_rows=len(rows), stored=len(entity.pending_operations))
        hub.track(name, track)
    for number, entity_id, fire_at, event in connection.execute(
        "SELECT * FROM delayed_signals ORDER BY number"
    ):
        signal = DelayedSignal(
            number, entity_id, _moment(fire_at), pb.HistoryEvent.FromString(event)
        )
        hub.signals.append(signal)
        hub.note_number(number)
    return hub


def _read_rows(connection: sqlite3.Connection, table: str) -> _Rows:
    rows: _Rows = {}
    for key, events in connection.execute(f"SELECT key, events FROM {table} ORDER BY key"):
        rows.setdefault(owner_of(key), []).append(events)
    return rows


def _add_instance(
    hub: StoredHub, row: sqlite3.Row, history: list[bytes], inbox: list[bytes]
) -> None:
    number, name, orchestrator, version, tags, status, created, updated, completed = row[:9]
    custom_status, run, parent_id, parent_task, parent_token = row[9:]
    instance = OrchestrationInstance(
        instance_id=name,
        name=orchestrator,
        version=version,
        tags=json.loads(tags) if tags else None,
        status=status,
        created_at=_moment(created),
        last_updated_at=_moment(updated),
        completed_at=_moment(completed) if completed is not None else None,
        custom_status=custom_status,
        history=unpack(history),
        pending_events=unpack(inbox),
    )
    _restore_payloads(instance)
    event_count = len(instance.history)
    if status in FINISHED:
        instance.history = []
    parent = ParentLink(parent_id, parent_task, parent_token) if parent_id else None
    hub.instances.append(StoredInstance(instance, run, parent, b"".join(history)))
    track = Track(
        number,
        history_rows=len(history),
        history_events=event_count,
        inbox_rows=len(inbox),
        stored=len(instance.pending_events),
        run=run,
        parent=parent,
    )
    hub.track(name, track)


def _restore_payloads(instance: OrchestrationInstance) -> None:
    """Input, output and failure are in the first and last events, and nowhere else."""
    for event in [*instance.history, *instance.pending_events]:
        if event.HasField("executionStarted"):
            started = event.executionStarted
            instance.input = started.input.value if started.HasField("input") else None
            break
    last = instance.history[-1] if instance.history else pb.HistoryEvent()
    if instance.status in FINISHED and last.HasField("executionCompleted"):
        completed = last.executionCompleted
        instance.output = completed.result.value if completed.HasField("result") else None
        if completed.HasField("failureDetails"):
            instance.failure_details = completed.failureDetails


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
