"""When each timer ran and is due, kept over a restart, so that a missed run is noticed.

The rule is that of ScheduleMonitor.CheckPastDueAsync in azure-webjobs-sdk-extensions; Azure keeps
the status in a blob for each timer, this host in one file.
"""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from local.functions.settings import BadSettingsError, read_json_object
from local.functions.triggers.timer_schedule import TimerSchedule
from local.private_file import write_private_file

logger = logging.getLogger("Host.Timer")

_NEVER = "0001-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class TimerStatus:
    """The last run (None: none yet), the time of the next one, and when that was worked out."""

    last: datetime | None
    next: datetime
    updated: datetime

    def as_json(self) -> dict[str, str]:
        """The value's form in the file and in the trigger's value (ScheduleStatus)."""
        return {
            "Last": self.last.isoformat() if self.last else _NEVER,
            "Next": self.next.isoformat(),
            "LastUpdated": self.updated.isoformat(),
        }


def check_past_due(
    status: TimerStatus | None, schedule: TimerSchedule, now: datetime
) -> tuple[TimerStatus, bool]:
    """Find out at start whether a run was missed; returns what is known from now on.

    A schedule that was changed meanwhile has missed nothing.
    """
    if status is None:
        return TimerStatus(None, schedule.next_after(now), now), False
    counted_from = status.last or status.updated
    expected = schedule.next_after(counted_from)
    if status.next != expected:
        if now > expected:
            expected, counted_from = schedule.next_after(now), now
        status = TimerStatus(None, expected, counted_from)
    return status, now > status.next


class TimerStatuses:
    """The statuses of an app's timers, in a file if there is one.

    A file that cannot be read counts as empty, as on Azure: no run is known to be missed.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._statuses: dict[str, TimerStatus] = {}
        if path and path.exists():
            try:
                content = read_json_object(path)
                self._statuses = {name: _parse(each) for name, each in content.items()}
            except (BadSettingsError, OSError, KeyError, TypeError, ValueError) as error:
                logger.warning("%s cannot be read and is begun anew: %s", path, error)

    def get(self, name: str) -> TimerStatus | None:
        """Read the status of one timer."""
        return self._statuses.get(name)

    def put(self, name: str, status: TimerStatus) -> None:
        """Keep the status of one timer; a disk that takes nothing costs the memory, not the run."""
        if self._statuses.get(name) == status:
            return
        self._statuses[name] = status
        if self._path is None:
            return
        content = {each: known.as_json() for each, known in self._statuses.items()}
        try:
            write_private_file(self._path, json.dumps(content, indent=2).encode())
        except OSError as error:
            logger.warning("The status of '%s' is not kept in %s: %s", name, self._path, error)


def _parse(value: Any) -> TimerStatus:
    fields = cast("dict[str, str]", value)
    last = datetime.fromisoformat(fields["Last"])
    return TimerStatus(
        last=None if last.year == 1 else last.astimezone(UTC),
        next=datetime.fromisoformat(fields["Next"]).astimezone(UTC),
        updated=datetime.fromisoformat(fields["LastUpdated"]).astimezone(UTC),
    )
