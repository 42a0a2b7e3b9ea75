"""HTTP triggers and the process around them: routes, settings, logs, start and end."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    running = launch(APPS / "http", settings={"FROM_BOTH": "environment"}).wait_until_ready()
    yield running
    running.stop()


async def test_routes_carry_parameters_and_queries(host: HostProcess) -> None:
    full = await host.call("GET", "/v1/items/books/7?a=1&a=2&b=%20x")
    assert full.json == {
        "method": "GET",
        "route": {"category": "books", "id": "7"},
        "query": {"a": "1,2", "b": " x"},
    }
    assert full.headers["Content-Type"].startswith("application/json")
    short = await host.call("DELETE", "/v1/items/books")
    assert (short.json["method"], short.json["route"]) == ("DELETE", {"category": "books"})
    assert (await host.call("GET", "/v1/files/a/b/c.txt")).text == "a/b/c.txt"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/items/books/seven"),
        ("GET", "/items/books/7"),
        ("POST", "/v1/files/a"),
        ("GET", "/v1/nowhere"),
    ],
)
async def test_what_no_route_answers_is_not_found(
    host: HostProcess, method: str, path: str
) -> None:
    assert (await host.call(method, path)).status == 404


async def test_bodies_headers_status_and_cookies_go_both_ways(host: HostProcess) -> None:
    reply = await host.call("PUT", "/v1/expanded", data=b"\x00\xff raw", headers={"X-Sent": "seen"})
    assert (reply.status, reply.body, reply.headers["X-Got"]) == (201, b"\x00\xff raw", "seen")
    cookies = [value for name, value in reply.headers.items() if name == "Set-Cookie"]
    assert len(cookies) == 2
    assert cookies[0].startswith("a=1;")
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Lax" in cookies[0]


async def test_settings_come_from_the_environment_first(host: HostProcess) -> None:
    assert (await host.call("GET", "/v1/settings")).json == {
        "FROM_FILE": "file",
        "FROM_BOTH": "environment",
        "PYTHON_THREADPOOL_THREAD_COUNT": "32",
        "cwd": "http",
    }


async def test_a_failed_function_is_a_500_and_one_line_in_the_log(host: HostProcess) -> None:
    reply = await host.call("GET", "/v1/fail")
    assert (reply.status, reply.body) == (500, b"")
    await until(lambda: "Function 'fail' failed" in host.log)
    (line,) = [line for line in host.lines if "no such thing" in line]
    assert "ERROR [Host.Http]" in line
    assert "function_app.py" in line


async def test_the_apps_logs_are_shown_and_its_libraries_are_quiet(host: HostProcess) -> None:
    assert (await host.call("GET", "/v1/say")).text == "said"
    await until(lambda: "INFO  [app.http] logged by the app" in host.log)
    assert "noise of a library" not in host.log


async def test_the_trace_context_of_a_request_reaches_the_function(host: HostProcess) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    reply = await host.call("GET", "/v1/trace", headers={"traceparent": parent})
    assert reply.text == f"read_trace {parent}"


async def test_the_status_route_says_running(host: HostProcess) -> None:
    assert (await host.call("GET", "/admin/host/status")).json["state"] == "Running"
    assert (await host.call("GET", "/")).status == 200


def test_functions_and_their_urls_are_listed_at_start(host: HostProcess) -> None:
    assert f"get_file: [GET] {host.base_url}/v1/files/{{*path}}" in host.log


async def test_a_host_that_is_told_to_stop_ends_soon_whatever_a_function_does() -> None:
    host = launch(APPS / "http").wait_until_ready()
    stuck = asyncio.create_task(host.call("GET", "/v1/stuck"))
    await host.call("GET", "/v1/settings")
    began = time.monotonic()
    assert await asyncio.to_thread(host.stop) == 0
    assert time.monotonic() - began < 3
    await asyncio.gather(stuck, return_exceptions=True)


def test_a_host_that_is_told_to_stop_while_it_starts_ends_in_order() -> None:
    host = launch(APPS / "slow_import")
    host.wait_for_line("importing")
    assert host.stop() == 0, host.log


def test_a_host_ends_with_its_parent() -> None:
    host = launch(APPS / "http").wait_until_ready()
    assert host.process.stdin is not None
    host.process.stdin.close()
    assert host.wait(5) == 0
