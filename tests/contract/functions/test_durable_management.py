"""The management routes of Durable Functions: what they list, show and purge."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch

INSTANCES = "/runtime/webhooks/durabletask/instances"
TOKEN = "x-ms-continuation-token"


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    running = launch(APPS / "durable").wait_until_ready()
    yield running
    running.stop()


async def list_ids(host: HostProcess, query: str) -> list[str]:
    reply = await host.call("GET", f"{INSTANCES}?{query}")
    assert reply.status == 200, reply.text
    return [each["instanceId"] for each in reply.json]


async def test_a_list_is_read_page_by_page(host: HostProcess) -> None:
    started = [await host.start("chain", "x", f"page-{n}") for n in range(5)]
    found: list[str] = []
    headers: dict[str, str] = {}
    for expected in (2, 2, 1):
        path = f"{INSTANCES}?top=2&instanceIdPrefix=page-"
        reply = await host.call("GET", path, headers=headers)
        found += [each["instanceId"] for each in reply.json]
        assert len(reply.json) == expected
        headers = {TOKEN: reply.headers[TOKEN]} if TOKEN in reply.headers else {}
    assert (found, headers) == (started, {})


async def test_a_list_has_100_instances_unless_it_says_otherwise(host: HostProcess) -> None:
    for number in range(101):
        await host.start("wait_for_answer", instance_id=f"hundred-{number}")
    assert len(await list_ids(host, "instanceIdPrefix=hundred-")) == 100


async def test_a_list_is_filtered_by_status_and_time(host: HostProcess) -> None:
    await host.run("chain", "x", "filter-done")
    await host.start("wait_for_answer", instance_id="filter-waiting")
    await host.reach("filter-waiting", "Running")
    prefix = "instanceIdPrefix=filter-&"
    assert await list_ids(host, f"{prefix}runtimeStatus=Completed") == ["filter-done"]
    assert await list_ids(host, f"{prefix}runtimeStatus=Running,Pending") == ["filter-waiting"]
    assert await list_ids(host, f"{prefix}createdTimeTo=2020-01-01T00:00:00Z") == []
    assert len(await list_ids(host, f"{prefix}createdTimeFrom=2020-01-01")) == 2


@pytest.mark.parametrize(
    "query",
    [
        "runtimeStatus=Complete",
        "createdTimeFrom=yesterday",
        "createdTimeTo=9999-12-31T23:59:59-10:00",
        "top=few",
        "top=99999999999",
    ],
)
async def test_a_filter_that_cannot_be_read_is_refused(host: HostProcess, query: str) -> None:
    reply = await host.call("GET", f"{INSTANCES}?{query}")
    assert (reply.status, query.split("=", maxsplit=1)[0] in reply.text) == (400, True)


async def test_a_token_of_nobody_is_refused(host: HostProcess) -> None:
    assert (await host.call("GET", INSTANCES, headers={TOKEN: "x"})).status == 400


async def show(host: HostProcess, instance_id: str, query: str) -> dict[str, Any]:
    return (await host.call("GET", f"{INSTANCES}/{instance_id}?{query}")).json


async def test_the_history_is_shown_when_it_is_asked_for(host: HostProcess) -> None:
    await host.run("chain", "hi", "shown")
    assert "historyEvents" not in await show(host, "shown", "")
    events = (await show(host, "shown", "showHistory=true"))["historyEvents"]
    kinds = ["ExecutionStarted", "TaskCompleted", "TaskCompleted", "ExecutionCompleted"]
    assert [event["EventType"] for event in events] == kinds
    assert events[1]["FunctionName"] == "say"
    assert events[1]["ScheduledTime"] <= events[1]["Timestamp"]
    assert not any("Result" in event or "Input" in event for event in events)


async def test_results_are_in_the_history_only_on_request(host: HostProcess) -> None:
    await host.run("chain", "hi", "shown-all")
    view = await show(host, "shown-all", "showHistory=true&showHistoryOutput=true&showInput=false")
    results = [event.get("Result") for event in view["historyEvents"]]
    assert results == [None, "hi!", "hi!!", "hi!!"]
    assert view["input"] is None


async def test_a_failed_activity_tells_its_reason_in_the_history(host: HostProcess) -> None:
    await host.finish(await host.start("calls_nobody", instance_id="reason"))
    view = await show(host, "reason", "showHistory=true&showHistoryOutput=true")
    failed = next(e for e in view["historyEvents"] if e["EventType"] == "TaskFailed")
    assert "doesn't exist" in failed["Reason"]


async def test_many_instances_are_purged_by_status_and_time(host: HostProcess) -> None:
    await host.finish(await host.start("fail", instance_id="purge-failed"))
    await host.run("chain", "x", "purge-done")
    none = f"{INSTANCES}?createdTimeFrom=2019-01-01&createdTimeTo=2020-01-01T00:00:00Z"
    nothing = await host.call("DELETE", none)
    assert (nothing.status, nothing.json) == (404, {"instancesDeleted": 0})
    reply = await host.call(
        "DELETE", f"{INSTANCES}?runtimeStatus=Failed&createdTimeFrom=2020-01-01"
    )
    assert reply.status == 200
    assert reply.json["instancesDeleted"] >= 1
    assert (await host.call("GET", f"{INSTANCES}/purge-failed")).status == 404
    assert (await host.status("purge-done"))["runtimeStatus"] == "Completed"


async def test_a_purge_whose_times_are_missing_or_cannot_be_read_purges_nothing(
    host: HostProcess,
) -> None:
    await host.run("chain", "x", "spared")
    for query in ("createdTimeFrom=2020-01-01&createdTimeTo=later", "createdTimeTo=2999-01-01", ""):
        assert (await host.call("DELETE", f"{INSTANCES}?{query}")).status == 400
    assert (await host.status("spared"))["runtimeStatus"] == "Completed"


async def test_a_large_payload_is_warned_of_once_and_never_shown(host: HostProcess) -> None:
    text = "secret" * 20_000
    for _ in range(2):
        await host.run("echo", text)
    warnings = [line for line in host.lines if "pass a reference" in line]
    subjects = [("'echo'", "input"), ("'say'", "input"), ("'say'", "output")]
    assert len(warnings) == 3
    for (name, what), line in zip(subjects, sorted(warnings, key=_order), strict=True):
        assert (name in line, what in line) == (True, True)
    assert "secretsecret" not in host.log


def _order(line: str) -> tuple[bool, bool]:
    return "'say'" in line, "output" in line
