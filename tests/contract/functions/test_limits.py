"""Limits: activities at once, how long finished instances are kept, what a burst costs."""

import time
from collections.abc import Iterator

import psutil
import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    retention = {"LOCAL_FUNCTIONS_RETENTION_SECONDS": "2"}
    running = launch(APPS / "limits", settings=retention).wait_until_ready()
    yield running
    running.stop()


async def test_no_more_activities_run_at_once_than_host_json_says(host: HostProcess) -> None:
    assert await host.run("measure") == 2


async def test_finished_instances_are_forgotten_after_their_retention(host: HostProcess) -> None:
    began = time.monotonic()
    await host.run("three", instance_id="short-lived")

    async def is_gone() -> bool:
        path = "/runtime/webhooks/durabletask/instances/short-lived"
        return (await host.call("GET", path)).status == 404

    await until(is_gone)
    assert time.monotonic() - began >= 2


@pytest.mark.long
async def test_a_history_of_more_than_10000_events_is_warned_of_and_goes_on() -> None:
    host = launch(APPS / "durable").wait_until_ready()
    try:
        status = await host.finish(await host.start("fan_out", 5100), seconds=120)
        assert status["output"] == 5100 * 5099
        assert sum("a history has" in line for line in host.lines) == 1
    finally:
        host.stop()


async def test_a_small_app_takes_little_memory(host: HostProcess) -> None:
    await host.run("three")
    assert psutil.Process(host.process.pid).memory_info().rss < 250 * 2**20


@pytest.mark.long
async def test_a_burst_of_2000_loses_none_and_leaves_memory_flat() -> None:
    settings = {"LOCAL_FUNCTIONS_RETENTION_LIMIT": "2000"}
    host = launch(APPS / "limits", settings=settings).wait_until_ready()
    try:
        process = psutil.Process(host.process.pid)
        sizes: list[float] = []
        for _ in range(4):
            assert (await host.call("POST", "/api/burst/2000")).text == "2000"
            sizes.append(process.memory_info().rss / 2**20)
        assert sizes[-1] - sizes[1] < 25, sizes
        # The app's pool, gRPC and the loop: nothing that grows with the instances.
        assert process.num_threads() < 64
    finally:
        host.stop()
