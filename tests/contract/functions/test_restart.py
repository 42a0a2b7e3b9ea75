"""What is in --data outlives the host, kill -9 included: one host is killed, its successor goes on.

Everything is set up in the first host, which is then killed; each test looks at one thing in the
second.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.functions.harness import APPS, HostProcess
from tests.contract.functions.processes import until
from tests.long_run import but_for_long_runs

INSTANCES = "/runtime/webhooks/durabletask/instances"


def launch(data: Path, **settings: str) -> HostProcess:
    return HostProcess(
        "local.functions",
        *("--app", str(APPS / "restart"), "--port", "0", "--data", str(data)),
        settings=settings,
    )


async def raise_event(host: HostProcess, instance_id: str, name: str, value: Any) -> None:
    path = f"{INSTANCES}/{instance_id}/raiseEvent/{name}"
    assert (await host.call("POST", path, value)).status == 202


async def counts(host: HostProcess, key: str, value: int) -> bool:
    return (await host.call("GET", f"/api/entity/{key}")).json == value


async def is_completed(host: HostProcess, instance_id: str) -> bool:
    return (await host.status(instance_id))["runtimeStatus"] == "Completed"


async def set_up(host: HostProcess, folder: Path) -> None:
    for number in range(3):
        await host.run("now", instance_id=f"finished{number}")
    assert (await host.call("DELETE", f"{INSTANCES}/finished2")).status == 200
    await host.finish(await host.start("fail", instance_id="failed"))
    fragile = folder / "fragile"
    fragile.mkdir()
    await host.finish(await host.start("fragile", str(fragile), "fragile"))
    for name, value in (
        ("collect", 3),
        ("family", [2, 3, 2]),
        ("nap", 60),
        ("slow", [1.5, "slept"]),
        ("retried", str(folder)),
        ("leave_child", "first"),
    ):
        await host.start(name, value, f"{name}1")
    await host.start("collect", 2, "suspended")
    await host.start("collect", 1, "terminated-later")
    for orchestrator in ("nap", "slow"):
        await host.start(orchestrator, 600 if orchestrator == "nap" else [600, ""], orchestrator)
    for seconds, key in ((0, "now"), (2, "later")):
        assert (await host.call("POST", f"/api/signal/{key}/{seconds}")).status == 202
    assert (await host.call("POST", "/api/start-later/tomorrow/6000")).status == 202
    assert (await host.call("POST", "/api/start-later/soon/2")).status == 202
    await asyncio.gather(*(host.start("critical", "shared", f"critical{n}") for n in range(8)))
    for _ in range(4):
        assert (await host.call("POST", "/api/signal/shared/0")).status == 202
    await host.reach("suspended", "Running")
    await host.call("POST", f"{INSTANCES}/suspended/suspend")
    await host.reach("suspended", "Suspended")
    await raise_event(host, "suspended", "number", 1)
    await host.reach("slow", "Running")
    await host.call("POST", f"{INSTANCES}/slow/terminate?reason=again")
    await host.finish("slow")
    await host.start("nap", 2, "slow")
    await raise_event(host, "collect1", "number", 0)
    await raise_event(host, "collect1", "number", 2)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder, data = tmp_path_factory.mktemp("calls"), tmp_path_factory.mktemp("data")
    first = launch(data).wait_until_ready()
    try:
        asyncio.run(set_up(first, folder))
    finally:
        first.kill()
    second = launch(data).wait_until_ready()
    yield second
    assert second.stop() == 0


async def test_finished_instances_are_still_known(host: HostProcess) -> None:
    status = await host.status("finished0")
    assert (status["runtimeStatus"], status["output"]) == ("Completed", 42)
    events = (await host.call("GET", "/api/history/finished0")).json
    assert events[-1] == "ExecutionCompletedEvent"
    assert events.count("TaskCompletedEvent") == 1


async def test_a_failure_keeps_its_reason_and_its_custom_status(host: HostProcess) -> None:
    status = await host.status("failed")
    assert (status["runtimeStatus"], status["customStatus"]) == ("Failed", "about to fail")
    assert "lost" in status["output"]


async def test_a_failed_instance_can_be_rewound(host: HostProcess) -> None:
    """Its second activity fails twice: once before the restart, once when it is rewound."""
    for _ in range(2):
        assert (await host.finish("fragile"))["runtimeStatus"] == "Failed"
        assert (await host.call("POST", f"{INSTANCES}/fragile/rewind?reason=x")).status == 202
        await host.reach("fragile", "Failed", "Completed")
    await until(lambda: is_completed(host, "fragile"))
    assert (await host.status("fragile"))["output"] == [1, 3]


async def test_a_purged_instance_stays_gone(host: HostProcess) -> None:
    assert (await host.call("GET", f"{INSTANCES}/finished2")).status == 404


async def test_a_finished_id_may_be_run_again(host: HostProcess) -> None:
    assert await host.run("fan_out", 5, "finished1") == 20


async def test_a_running_id_is_still_refused(host: HostProcess) -> None:
    reply = await host.call("POST", "/api/start/nap/nap", 1)
    assert (reply.status, "already exists" in reply.text) == (409, True)


async def test_no_event_is_lost_that_was_accepted(host: HostProcess) -> None:
    assert (await host.reach("collect1", "Running"))["input"] == 3
    await raise_event(host, "collect1", "number", 1)
    assert (await host.finish("collect1"))["output"] == [0, 1, 2]


async def test_parents_are_told_by_children_that_ended_after_the_restart(host: HostProcess) -> None:
    assert (await host.finish("family1"))["output"] == 18


async def test_an_activity_that_was_running_runs_again(host: HostProcess) -> None:
    assert (await host.finish("slow1"))["output"] == "slept"


async def test_retries_go_on_where_they_were(host: HostProcess) -> None:
    assert (await host.finish("retried1"))["output"] >= 3


async def test_a_suspended_instance_stays_so_and_keeps_its_events(host: HostProcess) -> None:
    assert (await host.status("suspended"))["runtimeStatus"] == "Suspended"
    await host.call("POST", f"{INSTANCES}/suspended/resume")
    await raise_event(host, "suspended", "number", 0)
    assert (await host.finish("suspended"))["output"] == [0, 1]


async def test_a_timer_is_set_again_for_its_moment(host: HostProcess) -> None:
    """The run of `slow` that napped 2 s, not the one before it that slept 600 s."""
    status = await host.finish("slow")
    assert (status["name"], status["output"]) == ("nap", "awake")
    assert (await host.status("nap1"))["runtimeStatus"] == "Running"


async def test_a_start_in_the_future_still_waits(host: HostProcess) -> None:
    assert (await host.status("tomorrow"))["runtimeStatus"] == "Pending"
    assert (await host.finish("soon"))["output"] == 42


async def test_signals_of_entities_arrive_once_and_at_their_time(host: HostProcess) -> None:
    assert (await host.call("GET", "/api/entity/now")).json == 1
    await until(lambda: counts(host, "later", 1))


async def test_a_child_of_an_earlier_run_does_not_answer_the_next(host: HostProcess) -> None:
    assert (await host.finish("leave_child1"))["output"] == "right"


async def test_locks_of_entities_hold(host: HostProcess) -> None:
    """Each of 8 reads, waits and writes one more; 4 signals must not come in between."""
    seen = {(await host.finish(f"critical{n}"))["output"] for n in range(8)}
    assert len(seen) == 8
    await until(lambda: counts(host, "shared", 12))


async def test_an_instance_of_before_can_be_terminated(host: HostProcess) -> None:
    await host.call("POST", f"{INSTANCES}/terminated-later/terminate?reason=x")
    assert (await host.finish("terminated-later"))["runtimeStatus"] == "Terminated"


async def test_an_activity_that_kills_its_host_runs_again_and_those_before_it_do_not(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    first = launch(data).wait_until_ready()
    await first.start("fatal", str(tmp_path), "fatal")
    assert first.wait() != 0
    second = launch(data).wait_until_ready()
    try:
        assert (await second.finish("fatal"))["output"] == [1, 2]
    finally:
        second.stop()


async def test_without_data_nothing_is_kept() -> None:
    for _ in range(2):
        host = HostProcess("local.functions", "--app", str(APPS / "restart"), "--port", "0")
        host.wait_until_ready()
        assert (await host.call("GET", f"{INSTANCES}/kept")).status == 404
        await host.run("now", instance_id="kept")
        host.stop()


async def test_a_data_folder_has_one_host(tmp_path: Path) -> None:
    first = launch(tmp_path).wait_until_ready()
    second = launch(tmp_path)
    assert second.wait() == 3
    assert f"in use by process {first.process.pid}" in second.log
    first.stop()


@pytest.mark.parametrize(
    ("content", "reason"),
    but_for_long_runs(
        [
            (b"this is not a database, whatever it is" * 40, "is damaged or no SQLite file"),
            ("other", "belongs to another program"),
            ("newer", "has format 99"),
        ]
    ),
)
async def test_a_file_that_is_not_ours_is_named_and_left_alone(
    tmp_path: Path, content: bytes | str, reason: str
) -> None:
    path = tmp_path / "durable-Restart.sqlite3"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE something (value)")
            if content == "newer":
                connection.execute(f"PRAGMA application_id = {0x4C464473}")
                connection.execute("PRAGMA user_version = 99")
        connection.close()
    before = path.read_bytes()
    host = launch(tmp_path)
    assert host.wait() == 6
    assert reason in host.log
    assert str(path) in host.log
    assert path.read_bytes() == before


async def test_a_lock_is_given_back_by_who_ends_and_by_nobody_else(tmp_path: Path) -> None:
    first = launch(tmp_path).wait_until_ready()
    await first.start("hold", "kept", "holder")
    await first.start("hold", "left", "gone")
    for holder in ("holder", "gone"):
        await until(lambda holder=holder: is_holding(first, holder))
    await first.call("POST", f"{INSTANCES}/gone/terminate?reason=x")
    await first.finish("gone")
    first.kill()
    second = launch(tmp_path).wait_until_ready()
    try:
        for key in ("kept", "left"):
            assert (await second.call("POST", f"/api/signal/{key}/0")).status == 202
        assert (await second.call("POST", "/api/clean")).json == 0
        await until(lambda: counts(second, "left", 1))
        assert not await counts(second, "kept", 1)
        await raise_event(second, "holder", "release", True)
        await until(lambda: counts(second, "kept", 1))
    finally:
        second.stop()


async def is_holding(host: HostProcess, instance_id: str) -> bool:
    return (await host.status(instance_id))["customStatus"] == "holding"
