"""Timers over restarts: a run that was missed is made up for, once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until

NEVER = "0001-01-01T00:00:00+00:00"


def start(data: Path) -> HostProcess:
    return launch(APPS / "past_due", "--data", str(data)).wait_until_ready()


def read_statuses(data: Path) -> dict[str, dict[str, str]]:
    return json.loads((data / "timers.json").read_text())


def write_statuses(data: Path, statuses: dict[str, dict[str, str]]) -> None:
    (data / "timers.json").write_text(json.dumps(statuses))


def make_missed_status() -> dict[str, str]:
    """A daily timer at 3 o'clock that last ran the day before yesterday."""
    last = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=2)
    due = last + timedelta(days=1)
    return {"Last": last.isoformat(), "Next": due.isoformat(), "LastUpdated": last.isoformat()}


async def read_runs(host: HostProcess) -> list[dict[str, Any]]:
    return (await host.call("GET", "/api/runs")).json


async def test_a_missed_run_is_past_due_once_and_then_forgotten(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert await read_runs(first) == []
    assert first.stop() == 0
    statuses = read_statuses(tmp_path)
    assert set(statuses) == {"nightly", "every_day"}
    assert statuses["nightly"]["Last"] == NEVER

    missed = make_missed_status()
    write_statuses(tmp_path, {**statuses, "nightly": missed})
    second = start(tmp_path)

    async def has_run() -> bool:
        return bool(await read_runs(second))

    await until(has_run)
    await until(lambda: read_statuses(tmp_path)["nightly"] != missed)
    (run,) = await read_runs(second)
    assert second.stop() == 0
    assert (run["name"], run["past_due"], run["status"]) == ("nightly", True, missed)
    assert "Function 'nightly' is past due on startup. Executing now." in second.log
    kept = read_statuses(tmp_path)["nightly"]
    assert datetime.fromisoformat(kept["Next"]) > datetime.now(UTC)
    assert datetime.now(UTC) - datetime.fromisoformat(kept["Last"]) < timedelta(minutes=1)

    third = start(tmp_path)
    assert await read_runs(third) == []
    third.kill()


async def test_a_changed_schedule_has_missed_nothing(tmp_path: Path) -> None:
    missed = make_missed_status()
    other = datetime.fromisoformat(missed["Next"]) + timedelta(hours=1)
    write_statuses(tmp_path, {"nightly": {**missed, "Next": other.isoformat()}})
    host = start(tmp_path)
    assert await read_runs(host) == []
    host.kill()
    assert datetime.fromisoformat(read_statuses(tmp_path)["nightly"]["Next"]) > datetime.now(UTC)


async def test_a_status_file_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "timers.json").write_text('{"nightly": {"Last": 7')
    host = start(tmp_path)
    assert await read_runs(host) == []
    host.kill()
    assert "timers.json cannot be read" in host.log
    assert set(read_statuses(tmp_path)) == {"nightly", "every_day"}


async def test_a_status_that_cannot_be_kept_costs_the_memory_and_not_the_run(
    tmp_path: Path,
) -> None:
    (tmp_path / "timers.json").mkdir()
    host = start(tmp_path)
    await host.call("POST", "/admin/functions/nightly", {})

    async def has_run() -> bool:
        return bool(await read_runs(host))

    await until(has_run)
    assert host.stop() == 0
    assert "The status of 'nightly' is not kept in" in host.log


async def test_a_timer_is_run_by_hand_and_its_schedule_stays(tmp_path: Path) -> None:
    host = start(tmp_path)
    before = read_statuses(tmp_path)
    reply = await host.call("POST", "/admin/functions/Nightly", {})
    assert (reply.status, reply.body) == (202, b"")

    async def has_run() -> bool:
        return bool(await read_runs(host))

    await until(has_run)
    (run,) = await read_runs(host)
    assert (run["past_due"], run["status"]) == (False, before["nightly"])
    host.kill()
    assert read_statuses(tmp_path) == before
