"""What readers see of writes and splits, between the moments at which requests run."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cosmos.execution import engine as query_engine
from local.cosmos.execution.engine import Query, QueryEngine
from local.cosmos.items.operations import Conditions, ItemEditor
from local.cosmos.partition_key import MAX_EPK, MIN_EPK, key_of_document
from local.cosmos.routes import items
from local.cosmos.routes.service import Service
from local.cosmos.storage import rows
from local.cosmos.storage.containers import Container
from local.cosmos.storage.database import FILE_NAME, SCHEMA_VERSION
from local.cosmos.storage.offers import list_offers
from local.cosmos.storage.ranges import PartitionRange, divide_keys, split_range
from local.cosmos.storage.rows import Scope
from local.cosmos.storage.store import Store
from local.cosmos.wire import Call


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


async def make_container(store: Store) -> Container:
    database = await store.writer.run(lambda: store.catalog.create_database("db", {"id": "db"}))
    properties = {"id": "c", "_ts": 0, "partitionKey": {"paths": ["/pk"]}}
    return await store.writer.run(
        lambda: store.catalog.create_container(database, "c", {**properties})
    )


def create_item(store: Store, name: str) -> None:
    container = store.catalog.container("db", "c")
    document = {"id": name, "pk": name}
    key = key_of_document(container.key_definition, {**document})
    ItemEditor(store, container, time.time()).create(key, {**document}, Conditions())


def visible(store: Store) -> tuple[int, int]:
    """How many items the feeds of all partitions have, and how many they say there were."""
    container = store.catalog.container("db", "c")
    found = newest = 0
    for part in container.ranges:
        newest = max(newest, store.catalog.lsn(container, part))
        found += len(
            rows.list_changes(
                store.reader, container, part, Scope(), after=0, since=0, limit=100, now=time.time()
            )
        )
    return found, newest


async def test_a_number_is_told_only_when_its_item_can_be_read(store: Store) -> None:
    await make_container(store)
    writing = asyncio.create_task(store.writer.run(lambda: create_item(store, "a")))
    await asyncio.sleep(0)
    assert visible(store) == (0, 0), "nothing is committed yet"
    await writing
    assert visible(store) == (1, 1)


async def test_a_split_is_seen_in_memory_and_in_the_file_at_one_moment(store: Store) -> None:
    await make_container(store)
    names = [str(at) for at in range(8)]
    first = [store.writer.run(lambda name=name: create_item(store, name)) for name in names[:4]]
    await asyncio.gather(*first)
    later = [
        asyncio.create_task(store.writer.run(lambda name=name: create_item(store, name)))
        for name in names[4:]
    ]
    await asyncio.sleep(0)
    container = store.catalog.container("db", "c")
    splitting = store.writer.run(
        lambda: store.catalog.split(container, container.ranges[0], None), alone=True
    )
    # One step of the coroutine: what a request sees that runs before the event loop goes on.
    with pytest.raises(StopIteration):
        splitting.send(None)
    assert len(store.catalog.container("db", "c").ranges) == 2
    assert visible(store) == (8, 8)
    await asyncio.gather(*later)


async def test_a_split_that_cannot_be_stored_leaves_the_parent_and_other_writes(
    store: Store,
) -> None:
    container = await make_container(store)
    await store.writer.run(lambda: create_item(store, "a"))
    store.writer.connection.execute(
        "CREATE TEMP TRIGGER refuse BEFORE UPDATE OF range ON items"
        " BEGIN SELECT raise(ABORT, 'disk full'); END"
    )
    writing = asyncio.create_task(store.writer.run(lambda: create_item(store, "b")))
    await asyncio.sleep(0)
    with pytest.raises(sqlite3.IntegrityError):
        await store.writer.run(
            lambda: store.catalog.split(container, container.ranges[0], None), alone=True
        )
    await writing
    assert [part.id for part in store.catalog.container("db", "c").ranges] == ["0"]
    assert visible(store) == (2, 2)


async def test_partitions_and_their_numbers_survive_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path, 2)
    container = await make_container(store)
    await store.writer.run(lambda: create_item(store, "a"))
    await store.writer.run(
        lambda: store.catalog.split(container, container.ranges[0], None), alone=True
    )
    before = store.catalog.container("db", "c").ranges
    numbers = [store.catalog.lsn(store.catalog.container("db", "c"), part) for part in before]
    store.close()
    store = Store(tmp_path)
    after = store.catalog.container("db", "c")
    assert after.ranges == before
    assert [store.catalog.lsn(after, part) for part in after.ranges] == numbers
    assert visible(store) == (1, 1)
    store.close()


async def test_data_of_the_format_before_partitions_is_read_on(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await make_container(store)
    await store.writer.run(lambda: create_item(store, "a"))
    store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.executescript(
            "ALTER TABLE ranges DROP COLUMN parents; DROP INDEX items_by_lsn; DROP TABLE offers;"
            "CREATE UNIQUE INDEX items_by_lsn ON items (container, range, lsn);"
            "PRAGMA user_version = 1"
        )
    connection.close()
    store = Store(tmp_path)
    assert visible(store) == (1, 1)
    assert list_offers(store.reader) == []
    assert store.reader.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    store.close()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_the_partitions_of_a_container_cover_all_keys(count: int) -> None:
    parts = divide_keys(count)
    assert [part.minimum for part in parts] == [MIN_EPK, *(part.maximum for part in parts[:-1])]
    assert parts[-1].maximum == MAX_EPK
    assert len(parts) == count


def test_halves_are_halved_until_there_is_one_key_left() -> None:
    parts = divide_keys(1)
    part = parts[0]
    for _ in range(100):
        part, _ = children = split_range(parts, part)
        parts = (*parts, *children)
        assert part.minimum < part.maximum < children[1].maximum
    assert len({one.id for one in parts}) == len(parts)
    assert isinstance(part, PartitionRange)


async def test_a_write_that_a_split_overtakes_is_answered_by_the_partition_that_has_it(
    store: Store,
) -> None:
    container = await make_container(store)
    service = Service(store, QueryEngine(store), "http")
    headers = {"x-ms-documentdb-partitionkey": '["a"]'}
    path = ["dbs", "db", "colls", "c", "docs"]
    call = Call("POST", path, headers, b'{"id": "a", "pk": "a"}')
    writing = asyncio.create_task(items.create_item(service, call))
    await asyncio.sleep(0)  # it has written and waits for the commit
    assert not writing.done()
    await store.writer.run(
        lambda: store.catalog.split(container, container.ranges[0], None), alone=True
    )
    reply = await writing
    key = key_of_document(container.key_definition, {"id": "a", "pk": "a"})
    part = store.catalog.container("db", "c").range_of(key.epk)
    assert reply.status == 201
    assert reply.headers["x-ms-session-token"] == f"{part.id}:-1#1"
    service.engine.close()


async def test_expired_items_are_removed_once_a_full_disk_has_room_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.cosmos.storage.store.PURGE_INTERVAL_SECONDS", 0.001)
    attempts: list[float] = []
    done = asyncio.Event()

    def purge(_connection: sqlite3.Connection, _container: Container, now: float) -> int:
        attempts.append(now)
        if len(attempts) == 1:
            raise sqlite3.OperationalError("database or disk is full")
        done.set()
        return 0

    monkeypatch.setattr(rows, "purge_expired", purge)
    await make_container(store)
    keeping = asyncio.create_task(store.keep_house())
    await asyncio.wait_for(done.wait(), 5)
    keeping.cancel()


async def test_a_query_on_a_thread_sees_filter_and_result_of_one_moment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_engine, "ROWS_AT_ONCE", 0)
    container = await make_container(store)
    editor = ItemEditor(store, container, time.time())
    key = key_of_document(container.key_definition, {"pk": "a"})
    old = {"id": "a", "pk": "a", "x": 1}
    await store.writer.run(lambda: editor.create(key, {**old}, Conditions()))
    engine = QueryEngine(store)
    query = Query("SELECT * FROM c WHERE c.x = 1", {}, Scope(), 10, None)
    assert len((await engine.run(container, query)).results) == 1  # it is in the cache now
    free = threading.Event()
    for _ in range(2):
        asyncio.get_running_loop().run_in_executor(engine._threads, free.wait)  # pyright: ignore[reportPrivateUsage]
    waiting = asyncio.create_task(engine.run(container, query))
    await asyncio.sleep(0)
    later = ItemEditor(store, container, time.time())
    await store.writer.run(lambda: later.upsert(key, {**old, "x": 2}, Conditions()))
    free.set()
    (found,) = (await waiting).results
    assert b'"x":1' in found
    assert (await engine.run(container, query)).results == []
    engine.close()
