"""The patterns of Durable Functions, and each difference of the shipped backend from Azure."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    running = launch(APPS / "durable").wait_until_ready()
    yield running
    running.stop()


async def test_a_chain_passes_each_result_on(host: HostProcess) -> None:
    instance_id = await host.start("chain", "hi")
    status = await host.finish(instance_id)
    assert (status["output"], status["customStatus"]) == ("hi!!", {"said": "hi!!"})
    assert status["input"] == "hi"


async def test_a_wide_fan_out_comes_together(host: HostProcess) -> None:
    assert await host.run("fan_out", 1000) == 999_000


async def test_a_failed_activity_is_retried_by_its_orchestration(host: HostProcess) -> None:
    assert await host.run("retried", 2) == 3
    failed = await host.finish(await host.start("retried", 3))
    assert failed["runtimeStatus"] == "Failed"
    assert "not yet" in failed["output"]


async def test_an_event_beats_its_timeout_and_a_timeout_ends_the_wait(host: HostProcess) -> None:
    waiting, answered = await asyncio.gather(
        host.start("timer_race", instance_id="r1"), host.start("timer_race", instance_id="r2")
    )
    reply = await host.call(
        "POST", f"/runtime/webhooks/durabletask/instances/{answered}/raiseEvent/answer", "yes"
    )
    assert reply.status == 202
    assert (await host.finish(answered))["output"] == "yes"
    assert (await host.finish(waiting))["output"] == "timeout"


async def test_continue_as_new_goes_round(host: HostProcess) -> None:
    output = await host.run("eternal", {"round": 1, "last": 20})
    assert output == {"rounds": 20, "doubled": 40}


async def test_an_entity_is_signalled_called_and_read(host: HostProcess) -> None:
    assert await host.run("use_entity", "e1") == 7
    assert (await host.call("GET", "/api/entity/e1")).json == [True, 7]
    assert (await host.call("GET", "/api/entity/never")).json == [False, None]


async def test_calling_an_entity_that_is_not_there_fails_instead_of_hanging(
    host: HostProcess,
) -> None:
    status = await host.finish(await host.start("call_missing_entity"))
    assert status["runtimeStatus"] == "Failed"
    assert "'nobody' doesn't exist" in status["output"]


async def test_an_activity_may_have_a_durable_client(host: HostProcess) -> None:
    other = await host.run("start_others", instance_id="s1")
    assert other == "s1-other"
    assert (await host.finish(other))["output"] == "x!!"


async def test_a_sync_function_is_given_the_sync_client(host: HostProcess) -> None:
    await host.run("chain", "a", "sync1")
    assert (await host.call("GET", "/api/sync-client/sync1")).text == "COMPLETED"


async def is_running(host: HostProcess, path: str, count: int) -> bool:
    statuses = [each["runtimeStatus"] for each in (await host.call("GET", path)).json]
    return statuses == ["Running"] * count


# What the shipped backend does otherwise


async def test_a_sub_orchestration_knows_its_parent(host: HostProcess) -> None:
    assert await host.run("parent", 0.01, "p1") == "p1"


async def test_durable_http_works(host: HostProcess) -> None:
    assert await host.run("fetch", f"{host.base_url}/admin/host/status") == 200


async def test_a_failed_sub_orchestration_tells_its_parent_what_failed(host: HostProcess) -> None:
    kind, message = await host.run("failing_parent")
    assert (kind, message) == ("builtins.KeyError", "'lost'")


async def test_a_failure_without_a_message_is_a_failure(host: HostProcess) -> None:
    status = await host.finish(await host.start("fails_silently"))
    assert status["runtimeStatus"] == "Failed"
    assert "ValueError" in status["output"]


async def test_an_unknown_function_fails_in_the_extensions_words(host: HostProcess) -> None:
    activity = await host.finish(await host.start("calls_nobody"))
    orchestrator = await host.finish(await host.start("nobody"))
    assert "is not an activity function" in activity["output"]
    assert "is not an orchestrator function" in orchestrator["output"]


async def test_a_running_id_is_refused_and_a_finished_one_is_run_again(host: HostProcess) -> None:
    await host.start("wait_for_answer", instance_id="again")
    refused = await host.call("POST", "/api/start/chain/again", "x")
    assert (refused.status, "already exists" in refused.text) == (409, True)
    await host.call(
        "POST", "/runtime/webhooks/durabletask/instances/again/raiseEvent/answer", "first"
    )
    assert (await host.finish("again"))["output"] == "first"
    assert await host.run("chain", "second", "again") == "second!!"


async def test_of_many_starts_of_one_id_one_wins(host: HostProcess) -> None:
    starts = [host.call("POST", "/api/start/wait_for_answer/race", "x") for _ in range(50)]
    statuses = [reply.status for reply in await asyncio.gather(*starts)]
    assert sorted(statuses) == [202] + [409] * 49


@pytest.mark.parametrize("bad", ["@entity", "a%2Fb", "a%23b", "a%3Fb", "a%5Cb", "a%0Ab", "x" * 257])
async def test_an_instance_id_that_azure_refuses_is_refused(host: HostProcess, bad: str) -> None:
    url = f"/runtime/webhooks/durabletask/orchestrators/chain/{bad}"
    reply = await host.call("POST", url, "x")
    assert reply.status == 400
    assert "Instance IDs must not" in reply.text


async def test_the_results_of_an_earlier_run_do_not_reach_the_next(host: HostProcess) -> None:
    await host.start("slow_activity", [0.6, "old"], "stale")
    await host.call("POST", "/runtime/webhooks/durabletask/instances/stale/terminate?reason=x")
    assert (await host.finish("stale"))["runtimeStatus"] == "Terminated"
    assert await host.run("slow_activity", [1.0, "new"], "stale") == "new"


async def test_a_timer_of_an_earlier_run_does_not_wake_the_next(host: HostProcess) -> None:
    assert await host.run("continues_past_timer", "first") >= 0.8


async def test_a_child_of_an_earlier_run_does_not_answer_the_next(host: HostProcess) -> None:
    assert await host.run("continues_past_child", "first", "left") == "right"
    assert (await host.finish("left:0001"))["output"] == "left"


async def test_a_start_in_the_future_waits(host: HostProcess) -> None:
    began = time.monotonic()
    await host.call("POST", "/api/start-later/later/1")
    assert (await host.status("later"))["runtimeStatus"] == "Pending"
    await host.finish("later")
    assert time.monotonic() - began >= 1


async def test_terminating_a_parent_terminates_its_children(host: HostProcess) -> None:
    await host.start("fan_out_children", [5, 600], "family")
    children = [f"family:{n:04d}" for n in range(1, 6)]
    for child in children:
        await host.reach(child, "Running")
    await host.call("POST", "/runtime/webhooks/durabletask/instances/family/terminate?reason=x")
    for instance_id in ("family", *children):
        assert (await host.finish(instance_id))["runtimeStatus"] == "Terminated"


async def test_timers_and_sub_orchestrations_hold_no_threads(host: HostProcess) -> None:
    await host.run("fan_out", 100)
    before = int((await host.call("GET", "/api/threads")).text)
    await host.start("fan_out_children", [300, 600], "crowd")
    children = "/runtime/webhooks/durabletask/instances?top=400&instanceIdPrefix=crowd:"
    await until(lambda: is_running(host, children, 300))
    # The pool of the app's sync functions grows up to its 32 threads on its own.
    assert int((await host.call("GET", "/api/threads")).text) - before < 32
    await host.call("POST", "/runtime/webhooks/durabletask/instances/crowd/terminate?reason=x")
    await host.finish("crowd")


async def test_many_waiting_clients_do_not_stop_the_others(host: HostProcess) -> None:
    ids = [await host.start("wait_for_answer", instance_id=f"wait{n}") for n in range(40)]
    waits = [asyncio.create_task(host.call("GET", f"/api/wait/{each}")) for each in ids]
    assert await host.run("chain", "meanwhile") == "meanwhile!!"
    for each in ids:
        path = f"/runtime/webhooks/durabletask/instances/{each}/raiseEvent/answer"
        await host.call("POST", path, 1)
    assert {reply.text for reply in await asyncio.gather(*waits)} == {'"COMPLETED"'}


async def test_payloads_beyond_grpcs_default_limit_pass(host: HostProcess) -> None:
    assert await host.run("echo", "x" * 5_000_000) == 5_000_001


async def test_a_finished_run_keeps_its_history(host: HostProcess) -> None:
    await host.run("chain", "x", "told")
    events = (await host.call("GET", "/api/history/told")).json
    assert events.count("TaskCompletedEvent") == 2
    assert events[-1] == "ExecutionCompletedEvent"


async def test_an_instance_can_be_purged(host: HostProcess) -> None:
    await host.run("chain", "x", "gone")
    path = "/runtime/webhooks/durabletask/instances/gone"
    assert (await host.call("DELETE", path)).json == {"instancesDeleted": 1}
    assert (await host.call("GET", path)).status == 404
    assert (await host.call("DELETE", path)).status == 404


async def test_control_of_a_finished_instance_is_refused(host: HostProcess) -> None:
    await host.run("chain", "x", "over")
    path = "/runtime/webhooks/durabletask/instances/over"
    assert (await host.call("POST", f"{path}/terminate?reason=x")).status == 410
    assert (await host.call("POST", f"{path}/raiseEvent/answer", 1)).status == 410
    nobody = "/runtime/webhooks/durabletask/instances/nobody/terminate"
    assert (await host.call("POST", nobody)).status == 404


async def test_a_suspended_instance_waits_until_it_is_resumed(host: HostProcess) -> None:
    await host.start("wait_for_answer", instance_id="paused")
    path = "/runtime/webhooks/durabletask/instances/paused"
    await host.call("POST", f"{path}/suspend")
    await host.reach("paused", "Suspended")
    await host.call("POST", f"{path}/raiseEvent/answer", "kept")
    assert (await host.status("paused"))["runtimeStatus"] == "Suspended"
    await host.call("POST", f"{path}/resume")
    assert (await host.finish("paused"))["output"] == "kept"
