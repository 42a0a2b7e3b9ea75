"""What is logged, in which form, and for whom: categories, levels, invocations, instances."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    running = launch(APPS / "logging", "--log-format", "json").wait_until_ready()
    yield running
    running.stop()


def records(host: HostProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in [*host.lines]]


def find(host: HostProcess, text: str) -> list[dict[str, Any]]:
    return [record for record in records(host) if text in record["message"]]


@pytest.mark.parametrize(("function", "who"), [("in_sync", "sync"), ("in_async", "async")])
async def test_a_line_of_the_app_names_its_function_and_invocation(
    host: HostProcess, function: str, who: str
) -> None:
    await host.call("GET", f"/api/{function}")
    await until(lambda: bool(find(host, f"Executed 'Functions.{function}'")))
    (info,) = find(host, f"{who} info")
    assert info["category"] == f"Function.{function}.User"
    assert (info["logger"], info["level"]) == ("shop.orders", "Information")
    (warning,) = find(host, f"{who} warning")
    assert (warning["level"], warning["message"]) == ("Warning", f"{who} warning\nsecond line")
    assert info["function"] == function
    assert info["invocationId"] == warning["invocationId"]
    assert find(host, f"{who} debug") == []


async def test_the_invocation_of_a_line_is_the_one_that_the_app_sees(host: HostProcess) -> None:
    invocation = (await host.call("GET", "/api/id")).text
    await until(lambda: bool(find(host, "asked")))
    assert find(host, "asked")[-1]["invocationId"] == invocation


async def test_a_thread_of_the_app_can_say_whose_it_is(host: HostProcess) -> None:
    await host.call("GET", "/api/in_thread")
    await until(lambda: bool(find(host, "from a thread")))
    (line,) = find(host, "from a thread")
    assert line["category"] == "Function.in_thread.User"


async def test_host_json_hushes_one_function_and_not_the_others(host: HostProcess) -> None:
    await host.call("GET", "/api/hushed")
    await until(lambda: bool(find(host, "Executed 'Functions.hushed'")))
    assert find(host, "hushed info") == []
    assert len(find(host, "hushed warning")) == 1


async def test_results_are_logged_where_host_json_names_them(host: HostProcess) -> None:
    await host.call("GET", "/api/fails")
    await until(lambda: bool(find(host, "nothing there")))
    (result,) = find(host, "Executed 'Functions.fails' (Failed, Id=")
    assert (result["category"], result["level"]) == ("Host.Results", "Error")
    (failure,) = find(host, "nothing there")
    assert (failure["category"], failure["function"]) == ("Function.fails", "fails")
    assert "function_app.py" in failure["message"]


async def test_lines_of_durable_functions_name_the_instance_and_no_content(
    host: HostProcess,
) -> None:
    await host.call("GET", "/api/start/order-7")
    await host.finish("order-7")
    await until(lambda: bool(find(host, "Executed 'Functions.work'")))
    (working,) = find(host, "working")
    assert (working["instanceId"], working["category"]) == ("order-7", "Function.work.User")
    assert {r["instanceId"] for r in find(host, "Executed 'Functions.flow'")} == {"order-7"}
    assert "a secret of the user" not in host.log


async def test_without_being_named_results_are_silent_and_debug_comes_on_request() -> None:
    settings = {
        "PYTHON_ENABLE_DEBUG_LOGGING": "1",
        "AzureFunctionsJobHost__logging__logLevel__Function": "Debug",
        "AzureFunctionsJobHost__logging__logLevel__Host.Results": "None",
    }
    host = launch(APPS / "logging", settings=settings).wait_until_ready()
    try:
        await host.call("GET", "/api/in_sync")
        await until(lambda: "sync warning | second line" in host.log)
        assert "DEBUG [shop.orders] sync debug" in host.log
        assert "Executed" not in host.log
    finally:
        host.stop()


def test_an_indexing_error_is_one_json_object_too() -> None:
    host = launch(APPS / "broken_import", "--log-format", "json")
    assert host.wait(20) == 5
    (record,) = [r for r in records(host) if r["level"] == "Critical"]
    assert "a_module_that_is_not_installed" in record["message"]
