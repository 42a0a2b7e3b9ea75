"""A scheduler elsewhere in place of the host's own engine.

Its part is played by Microsoft's backend as it ships, behind gRPC: none of it is ours.
"""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from durabletask.internal import orchestrator_service_pb2_grpc as stubs
from durabletask.testing.in_memory_backend import InMemoryOrchestrationBackend

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until
from tests.long_run import but_for_long_runs

SETTING = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING"


class HubNames(grpc.ServerInterceptor):
    """Remembers which task hubs were named by the callers; None for a call that named none."""

    def __init__(self) -> None:
        self.seen: set[str | None] = set()

    def intercept_service(
        self, continuation: Callable[[Any], Any], handler_call_details: Any
    ) -> Any:
        self.seen.add(dict(handler_call_details.invocation_metadata).get("taskhub"))
        return continuation(handler_call_details)


@contextmanager
def running_scheduler(port: int = 0) -> Iterator[tuple[int, HubNames]]:
    backend, names = InMemoryOrchestrationBackend(), HubNames()
    server = grpc.server(ThreadPoolExecutor(40), interceptors=[names])
    stubs.add_TaskHubSidecarServiceServicer_to_server(backend, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield port, names
    finally:
        backend.stop()
        server.stop(0).wait()


def connection(port: int) -> dict[str, str]:
    return {SETTING: f"Endpoint=http://127.0.0.1:{port};TaskHub=mine;Authentication=None"}


@pytest.fixture(scope="module")
def scheduler() -> Iterator[tuple[int, HubNames]]:
    with running_scheduler() as running:
        yield running


@pytest.fixture(scope="module")
def host(scheduler: tuple[int, HubNames]) -> Iterator[HostProcess]:
    running = launch(APPS / "durable", settings=connection(scheduler[0])).wait_until_ready()
    yield running
    running.stop()


async def test_orchestrations_run_with_the_state_of_the_scheduler(host: HostProcess) -> None:
    assert await host.run("chain", "hi") == "hi!!"
    assert await host.run("fan_out", 20) == 380
    assert await host.run("retried", 2) == 3
    assert await host.run("use_entity", "e1") == 7


async def test_a_failure_without_a_message_is_a_failure_there_too(host: HostProcess) -> None:
    status = await host.finish(await host.start("fails_silently"))
    assert status["runtimeStatus"] == "Failed"
    assert "ValueError" in status["output"]


async def test_every_call_names_the_task_hub(
    host: HostProcess, scheduler: tuple[int, HubNames]
) -> None:
    await host.run("chain", "hi")
    assert scheduler[1].seen == {"mine"}


async def test_management_routes_and_clients_speak_to_the_scheduler(host: HostProcess) -> None:
    await host.start("wait_for_answer", instance_id="asked")
    refused = await host.call("POST", "/api/start/chain/asked", "x")
    assert (refused.status, "already exists" in refused.text) == (409, True)
    path = "/runtime/webhooks/durabletask/instances/asked"
    assert (await host.call("POST", f"{path}/raiseEvent/answer", "yes")).status == 202
    assert (await host.call("GET", "/api/wait/asked")).text == '"COMPLETED"'
    assert (await host.finish("asked"))["output"] == "yes"
    events = (await host.call("GET", f"{path}?showHistory=true")).json["historyEvents"]
    assert [each["EventType"] for each in events][-1] == "ExecutionCompleted"
    assert (await host.call("DELETE", path)).json == {"instancesDeleted": 1}
    assert (await host.call("GET", path)).status == 404


async def test_a_scheduler_that_comes_late_is_found() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        host = launch(APPS / "durable", settings=connection(port)).wait_until_ready()
    try:
        host.wait_for_line("gives no work")
        with running_scheduler(port):

            async def is_accepted() -> bool:
                reply = await host.call("POST", "/api/start/chain/late", "late")
                return reply.status == 202

            await until(is_accepted)
            assert (await host.finish("late"))["output"] == "late!!"
    finally:
        host.stop()


async def test_another_host_goes_on_where_one_was_killed(
    scheduler: tuple[int, HubNames],
) -> None:
    with running_scheduler() as (port, _):
        first = launch(APPS / "durable", settings=connection(port)).wait_until_ready()
        await first.start("wait_for_answer", instance_id="kept")
        await first.reach("kept", "Running")
        first.kill()
        second = launch(APPS / "durable", settings=connection(port)).wait_until_ready()
        try:
            path = "/runtime/webhooks/durabletask/instances/kept/raiseEvent/answer"
            await second.call("POST", path, "still")
            assert (await second.finish("kept"))["output"] == "still"
        finally:
            second.stop()


@pytest.mark.parametrize(
    ("text", "reason"),
    but_for_long_runs(
        [
            ("Endpoint=http://127.0.0.1:1;Authentication=ManagedIdentity", "ManagedIdentity"),
            ("Endpoint=http://127.0.0.1:1", "Authentication=(missing)"),
            ("Endpoint=127.0.0.1:1;Authentication=None", "Endpoint must be a URL"),
            ("Endpoint=http://127.0.0.1:1;Authentication=None;ClientID=x", "clientid"),
            ("nonsense", "a part has no '='"),
        ]
    ),
)
def test_a_connection_string_that_cannot_be_used_is_refused(text: str, reason: str) -> None:
    host = launch(APPS / "durable", settings={SETTING: text})
    assert host.wait() == 5
    assert reason in host.log
    assert SETTING in host.log
