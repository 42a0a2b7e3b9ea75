"""The journal of a task hub: what is written, and what happens when it cannot be."""

import asyncio
import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance

from local.functions.durable.commits import Commits
from local.functions.durable.storage.database import UnusableStateError, open_database
from local.functions.durable.storage.journal import Journal
from local.functions.durable.storage.reading import StoredHub, read_hub
from local.functions.durable.storage.state_file import StateFile


def make_instance(instance_id: str, text: str = "x") -> OrchestrationInstance:
    instance = OrchestrationInstance(instance_id, "chain", pb.ORCHESTRATION_STATUS_PENDING)
    instance.pending_events = [
        helpers.new_orchestrator_started_event(datetime.now(UTC)),
        helpers.new_execution_started_event("chain", instance_id, text),
    ]
    return instance


def open_journal(folder: Path) -> tuple[sqlite3.Connection, Journal]:
    connection = open_database(folder, "Hub")
    return connection, StoredHub().open_journal(connection, lambda: None)


def read(folder: Path) -> StoredHub:
    connection = open_database(folder, "Hub")
    try:
        return read_hub(connection)
    finally:
        connection.close()


def test_an_instance_is_read_back_with_what_waits_for_it(tmp_path: Path) -> None:
    connection, journal = open_journal(tmp_path)
    instance = make_instance("a", "input")
    journal.begin_run(instance, 7)
    journal.write()
    instance.pending_events.append(helpers.new_event_raised_event("go", "1"))
    journal.grow_inbox(instance)
    journal.write()
    connection.close()
    hub = read(tmp_path)
    [stored] = hub.instances
    assert stored.instance.pending_events == instance.pending_events
    assert (stored.instance.input, stored.run, hub.next_token) == ("input", 7, 8)


def test_what_a_turn_has_read_waits_no_longer_and_is_history(tmp_path: Path) -> None:
    connection, journal = open_journal(tmp_path)
    instance = make_instance("a")
    journal.begin_run(instance, 1)
    journal.write()
    instance.history, instance.pending_events = instance.pending_events, []
    journal.dispatch("a")
    instance.pending_events.append(helpers.new_event_raised_event("late", "1"))
    journal.grow_inbox(instance)
    journal.write()
    instance.status = pb.ORCHESTRATION_STATUS_RUNNING
    journal.end_turn(instance, 1, rewritten=False)
    journal.write()
    connection.close()
    [stored] = read(tmp_path).instances
    assert stored.instance.history == instance.history
    assert stored.instance.pending_events == instance.pending_events


def test_a_new_run_of_an_id_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    connection, journal = open_journal(tmp_path)
    first = make_instance("a", "old")
    journal.begin_run(first, 1)
    first.history, first.pending_events = first.pending_events, []
    journal.end_turn(first, 1, rewritten=False)
    journal.write()
    journal.begin_run(make_instance("a", "new"), 2)
    journal.write()
    counts = [
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("instances", "history", "inbox")
    ]
    connection.close()
    assert counts == [1, 0, 1]
    [stored] = read(tmp_path).instances
    assert (stored.instance.input, stored.run) == ("new", 2)


def test_purging_gives_every_row_back(tmp_path: Path) -> None:
    connection, journal = open_journal(tmp_path)
    instance = make_instance("a")
    journal.begin_run(instance, 1)
    journal.write()
    journal.purge("a")
    journal.write()
    for table in ("instances", "history", "inbox"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection.close()


async def test_a_full_disk_holds_everything_up_until_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connection = open_database(tmp_path, "Hub")
    acted: list[str] = []

    def act() -> None:
        acted.append("acted")

    commits = Commits(act)
    journal = StoredHub().open_journal(connection, commits.schedule)
    commits.use(journal)
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    journal.begin_run(make_instance("a", "x" * 100_000), 1)
    settled = asyncio.create_task(commits.settle())
    with caplog.at_level(logging.INFO):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(settled), 0.7)
        assert acted == []
        connection.execute("PRAGMA max_page_count = 100000")
        await asyncio.wait_for(settled, 5)
    assert acted == ["acted"]
    texts = [record.getMessage() for record in caplog.records]
    assert ["full" in text for text in texts] == [True, False], texts
    connection.close()
    assert len(read(tmp_path).instances) == 1


async def test_a_client_that_goes_away_does_not_take_the_others_answers_along(
    tmp_path: Path,
) -> None:
    connection = open_database(tmp_path, "Hub")
    commits = Commits(lambda: None)
    journal = StoredHub().open_journal(connection, commits.schedule)
    commits.use(journal)
    journal.begin_run(make_instance("a"), 1)
    first, second = (asyncio.create_task(commits.settle()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait_for(second, 5)
    connection.close()


def test_a_file_whose_rows_cannot_be_read_is_named(tmp_path: Path) -> None:
    connection, journal = open_journal(tmp_path)
    journal.begin_run(make_instance("a"), 1)
    journal.write()
    connection.execute("UPDATE inbox SET events = X'FFFFFFFF'")
    connection.close()
    with pytest.raises(UnusableStateError, match=r"durable-Hub\.sqlite3 cannot be read"):
        StateFile(tmp_path, "Hub", lambda: None)


def test_hubs_of_other_names_have_other_files(tmp_path: Path) -> None:
    for name in ("One", "a/../b"):
        StateFile(tmp_path, name, lambda: None).close()
    names = sorted(path.name for path in tmp_path.glob("*.sqlite3"))
    assert names == ["durable-One.sqlite3", "durable-a%2F..%2Fb.sqlite3"]


def test_a_file_that_another_program_has_opened_is_named(tmp_path: Path) -> None:
    other, journal = open_journal(tmp_path)
    journal.begin_run(make_instance("a"), 1)
    journal.write()
    with pytest.raises(UnusableStateError, match=r"durable-Hub\.sqlite3 cannot be used"):
        open_database(tmp_path, "Hub")
    other.close()
