"""The patterns of the official samples, as their documentation says that they behave."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.functions.harness import APPS, HostProcess, Reply, launch
from tests.contract.functions.processes import until

INSTANCES = "/runtime/webhooks/durabletask/instances"


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    running = launch(APPS / "samples").wait_until_ready()
    yield running
    running.stop()


async def start(host: HostProcess, name: str, instance_id: str, given: Any = None) -> Reply:
    reply = await host.call("POST", f"/api/orchestrators/{name}/{instance_id}", given)
    assert reply.status == 202, reply.text
    return reply


async def run(host: HostProcess, name: str, given: Any = None, seconds: float = 20) -> Any:
    instance_id = f"{name}-{time.monotonic_ns()}"
    await start(host, name, instance_id, given)
    status = await host.finish(instance_id, seconds)
    assert status["runtimeStatus"] == "Completed", status
    return status["output"]


async def test_function_chaining(host: HostProcess) -> None:
    assert await run(host, "hello_sequence") == ["Hello Tokyo!", "Hello Seattle!", "Hello London!"]


async def test_fan_out_and_fan_in_over_sub_orchestrations(host: HostProcess) -> None:
    assert await run(host, "backup_sites", ["a", "bb", "ccc"]) == 5 * (3 + 4 + 5)


@pytest.mark.long
async def test_a_sub_orchestration_may_take_longer_than_30_seconds(host: HostProcess) -> None:
    assert await run(host, "patient_parent", 33, seconds=60) == "slept 33"


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([7, 4711], "verified"),
        ([1, 2, 3], "refused"),
        ([1], "timed out"),
    ],
)
async def test_human_interaction(host: HostProcess, answers: list[int], outcome: str) -> None:
    instance_id = f"phone-{outcome.replace(' ', '-')}"
    seconds = 1 if outcome == "timed out" else 60
    await start(host, "verify_phone", instance_id, {"code": 4711, "seconds": seconds})

    async def has_sent_code() -> bool:
        return (await host.status(instance_id))["customStatus"] == "code sent"

    await until(has_sent_code)
    for answer in answers:
        path = f"{INSTANCES}/{instance_id}/raiseEvent/SmsChallengeResponse"
        assert (await host.call("POST", path, answer)).status == 202
    assert (await host.finish(instance_id))["output"] == outcome


async def test_monitor(host: HostProcess) -> None:
    found, missed = await asyncio.gather(
        run(host, "monitor_weather", {"clear_at": 3, "seconds": 60}),
        run(host, "monitor_weather", {"clear_at": 99, "seconds": 1}),
    )
    assert found == {"clear": True, "looks": 3}
    assert missed["clear"] is False
    assert 2 <= missed["looks"] <= 6


async def test_an_eternal_orchestration_goes_on_until_it_is_terminated(host: HostProcess) -> None:
    for name in ("cleaner", "other"):
        await start(host, "periodic_cleanup", name)

    async def count_runs(name: str) -> int:
        return (await host.call("GET", "/api/cleaned")).json.count(name)

    async def wait_for_rounds(name: str, rounds: int) -> None:
        wanted = await count_runs(name) + rounds

        async def has_run_often() -> bool:
            return await count_runs(name) >= wanted

        await until(has_run_often)

    await wait_for_rounds("cleaner", 5)
    assert (await host.status("cleaner"))["runtimeStatus"] == "Running"
    # Each round begins with an empty history.
    path = f"{INSTANCES}/cleaner?showHistory=true"
    assert len((await host.call("GET", path)).json["historyEvents"]) < 10
    await host.call("POST", f"{INSTANCES}/cleaner/terminate?reason=enough")
    assert (await host.finish("cleaner"))["runtimeStatus"] == "Terminated"
    runs = await count_runs("cleaner")
    await wait_for_rounds("other", 5)
    assert await count_runs("cleaner") == runs


async def test_signals_of_one_sender_reach_an_entity_in_order(host: HostProcess) -> None:
    assert await run(host, "count", "visits") == 1


async def test_an_async_http_api_is_polled_until_it_is_done(host: HostProcess) -> None:
    reply = await start(host, "long_job", "polled", 0.7)
    location = reply.headers["Location"].removeprefix(host.base_url)
    assert int(reply.headers["Retry-After"]) > 0
    first = await host.call("GET", location)
    assert first.status == 202
    assert first.headers["Location"].removeprefix(host.base_url) == location

    async def is_done() -> bool:
        return (await host.call("GET", location)).status == 200

    await until(is_done)
    assert (await host.call("GET", location)).json["output"] == "done"
