"""The server as a process: what survives it, how it ends, what it refuses."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, PartitionKey
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.server_process import KEY, ServerProcess


def make(server: ServerProcess) -> ContainerProxy:
    client = CosmosClient(server.url, KEY)
    database = client.create_database_if_not_exists("db")
    return database.create_container_if_not_exists("c", PartitionKey(path="/pk"))


def test_acknowledged_writes_survive_a_kill(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    container = make(server)
    acknowledged: list[int] = []

    def write() -> None:
        for at in range(100_000):
            try:
                container.create_item({"id": str(at), "pk": "p"}, retry_write=0)
            except Exception:  # noqa: BLE001 - the server is gone, in whatever way the client sees it
                return
            acknowledged.append(at)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    deadline = time.monotonic() + 10
    while len(acknowledged) < 100 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.kill()
    kept = list(acknowledged)
    assert len(kept) >= 100

    server = ServerProcess(tmp_path)
    try:
        again = make(server)
        rows = again.query_items("SELECT c.id FROM c", partition_key="p")
        stored = {int(row["id"]) for row in rows}
        assert set(kept) <= stored
        feed = [int(item["id"]) for item in again.query_items_change_feed(start_time="Beginning")]
        assert feed == sorted(stored)
    finally:
        assert server.stop() == 0


def test_the_feed_goes_on_after_a_restart(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    container = make(server)
    container.create_item({"id": "a", "pk": "p"})
    container.create_item({"id": "b", "pk": "p"})
    container.delete_item("b", "p")
    assert [item["id"] for item in container.query_items_change_feed(start_time="Beginning")] == [
        "a"
    ]
    token = container.client_connection.last_response_headers["etag"]
    assert server.stop() == 0
    server = ServerProcess(tmp_path)
    try:
        container = make(server)
        assert list(container.query_items_change_feed(continuation=token)) == []
        container.create_item({"id": "c", "pk": "p"})
        feed = container.query_items_change_feed(continuation=token)
        assert [item["id"] for item in feed] == ["c"]
    finally:
        server.stop()


def test_two_servers_cannot_share_a_directory(tmp_path: Path) -> None:
    first = ServerProcess(tmp_path)
    try:
        second = ServerProcess(tmp_path)
        assert second.wait() == 3
        assert str(first.process.pid) in "".join(second.lines)
    finally:
        first.kill()
    third = ServerProcess(tmp_path)
    assert third.stop() == 0


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "local.cosmos", "--port", str(port), "--data", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(port) in done.stderr


def test_what_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "cosmos.sqlite3").write_text("no database")
    for data, port, status in (("file", "0", 6), ("broken", "0", 6), ("new", "70000", 4)):
        done = subprocess.run(
            [sys.executable, "-m", "local.cosmos", "--port", port, "--data", str(tmp_path / data)],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        assert done.returncode == status
        assert len(done.stderr.splitlines()) == 1


def test_the_end_of_its_standard_input_ends_it_if_asked(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, "--exit-with-parent")
    assert server.process.stdin
    server.process.stdin.close()
    assert server.wait() == 0


def test_it_stops_within_two_seconds_with_clients_connected(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    make(server)
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 2


def test_another_key_is_another_account(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, "--key", "c2VjcmV0")
    try:
        with pytest.raises(CosmosHttpResponseError) as failure:
            CosmosClient(server.url, KEY)
        assert failure.value.status_code == 401
        with CosmosClient(server.url, "c2VjcmV0") as client:
            assert list(client.list_databases()) == []
        assert KEY not in "".join(server.lines)
    finally:
        server.stop()


def test_logs_name_no_content(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    container = make(server)
    container.create_item({"id": "a", "pk": "p", "text": "a private matter"})
    with pytest.raises(CosmosHttpResponseError):
        list(container.query_items("SELECT * FROM c WHERE 'private' ==", partition_key="p"))
    server.stop()
    assert "private" not in "".join(server.lines)
