"""The management routes that start, restart and control instances and entities, at their edges."""

from collections.abc import Iterator

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until

WEBHOOKS = "/runtime/webhooks/durabletask"


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    running = launch(APPS / "durable").wait_until_ready()
    yield running
    running.stop()


async def test_an_instance_started_over_http_is_told_all_its_urls(host: HostProcess) -> None:
    path = f"{WEBHOOKS}/orchestrators/wait_for_answer/told%20%C3%BC?taskHub=x"
    reply = await host.call("POST", path)
    instance = f"{host.base_url}{WEBHOOKS}/instances/told%20%C3%BC"
    assert (reply.status, reply.headers["Retry-After"]) == (202, "10")
    assert reply.json == {
        "id": "told ü",
        "statusQueryGetUri": f"{instance}?taskHub=x",
        "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?taskHub=x",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}&taskHub=x",
        "rewindPostUri": f"{instance}/rewind?reason={{text}}&taskHub=x",
        "purgeHistoryDeleteUri": f"{instance}?taskHub=x",
        "restartPostUri": f"{instance}/restart?taskHub=x",
        "suspendPostUri": f"{instance}/suspend?reason={{text}}&taskHub=x",
        "resumePostUri": f"{instance}/resume?reason={{text}}&taskHub=x",
    }
    status = await host.call("GET", reply.headers["Location"].removeprefix(host.base_url))
    assert (status.status, status.headers["Retry-After"]) == (202, "5")


async def test_a_running_instance_is_not_purged(host: HostProcess) -> None:
    await host.start("wait_for_answer", instance_id="busy")
    await host.reach("busy", "Running")
    reply = await host.call("DELETE", f"{WEBHOOKS}/instances/busy")
    assert (reply.status, "has status Running" in reply.text) == (412, True)
    assert (await host.status("busy"))["runtimeStatus"] == "Running"


async def test_a_restart_makes_a_new_instance_unless_it_is_to_keep_the_id(
    host: HostProcess,
) -> None:
    await host.run("chain", "x", "again")
    path = f"{WEBHOOKS}/instances/again/restart"
    other = (await host.call("POST", path)).json["id"]
    assert (other != "again", (await host.finish(other))["output"]) == (True, "x!!")
    same = await host.call("POST", f"{path}?restartWithNewInstanceId=false")
    assert (same.json["id"], (await host.finish("again"))["output"]) == ("again", "x!!")
    assert (await host.call("POST", f"{WEBHOOKS}/instances/nobody/restart")).status == 400


async def test_an_event_must_say_that_it_is_json(host: HostProcess) -> None:
    await host.start("wait_for_answer", instance_id="typed")
    path = f"{WEBHOOKS}/instances/typed/raiseEvent/answer"
    form = await host.call("POST", path, 1, headers={"Content-Type": "text/plain"})
    assert (form.status, "Only application/json" in form.text) == (400, True)
    assert (await host.call("POST", path, "yes")).status == 202
    assert (await host.finish("typed"))["output"] == "yes"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{bad", b"[" * 100_000])
async def test_a_body_that_is_no_json_is_refused(host: HostProcess, body: bytes) -> None:
    headers = {"Content-Type": "application/json; charset=nonsense"}
    path = f"{WEBHOOKS}/orchestrators/chain"
    assert (await host.call("POST", path, data=body, headers=headers)).status == 400


async def test_an_entity_is_signalled_read_and_listed(host: HostProcess) -> None:
    path = f"{WEBHOOKS}/entities/Counter/over%20http"
    assert (await host.call("GET", path)).status == 404
    assert (await host.call("POST", f"{path}?op=add", 3)).status == 202
    await until(lambda: _reads(host, path, 3))
    assert (await host.call("POST", f"{path}?op=add", 4)).status == 202
    await until(lambda: _reads(host, path, 7))
    listed = (await host.call("GET", f"{WEBHOOKS}/entities/counter?fetchState=true")).json
    mine = next(each for each in listed if each["entityId"]["key"] == "over http")
    assert (mine["entityId"]["name"], mine["state"]) == ("counter", 7)
    assert (await host.call("GET", f"{WEBHOOKS}/entities/nobody")).json == []
    assert len((await host.call("GET", f"{WEBHOOKS}/entities?top=1")).json) == 1


async def _reads(host: HostProcess, path: str, value: int) -> bool:
    reply = await host.call("GET", path)
    return reply.status == 200 and reply.json == value
