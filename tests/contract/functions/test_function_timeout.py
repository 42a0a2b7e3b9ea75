"""functionTimeout of host.json: a call that takes longer fails, in the real host's words."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    running = launch(APPS / "timeout").wait_until_ready()
    yield running
    running.stop()


async def test_an_async_function_is_cancelled_and_its_caller_told_500(host: HostProcess) -> None:
    assert (await host.call("GET", "/api/cooperative")).status == 500
    assert (await host.call("GET", "/api/quick")).text == "cooperative"
    said = "Timeout value of 00:00:01 exceeded by function 'Functions.cooperative' (Id: '"
    await until(lambda: said in host.log)
    told = "Timeout value of 00:00:01 was exceeded by function: Functions.cooperative"
    await until(lambda: told in host.log)


async def test_a_sync_function_fails_although_its_thread_goes_on(host: HostProcess) -> None:
    replies = await asyncio.gather(*(host.call("GET", "/api/blocking") for _ in range(3)))
    assert {reply.status for reply in replies} == {500}
    assert (await host.call("GET", "/api/quick")).status == 200


async def test_an_activity_that_timed_out_fails_for_its_orchestration(host: HostProcess) -> None:
    started = (await host.call("POST", "/api/start/caught")).json
    status = await host.finish(started["id"])
    assert "was exceeded by function: Functions.linger" in status["output"]


async def test_a_timeout_of_the_app_itself_is_its_own_failure(host: HostProcess) -> None:
    assert (await host.call("GET", "/api/own")).status == 500
    await until(lambda: "TimeoutError: of the app itself" in host.log)
    assert "exceeded by function 'Functions.own'" not in host.log


@pytest.mark.long
async def test_a_setting_stands_above_host_json() -> None:
    longer = {"AzureFunctionsJobHost__functionTimeout": "-1"}
    host = launch(APPS / "timeout", settings=longer).wait_until_ready()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await host.call("GET", "/api/cooperative")
        assert "Timeout value" not in host.log
    finally:
        host.stop()
