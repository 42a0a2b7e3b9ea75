"""Orchestrations whose results tell whether a restart in their middle lost or doubled anything."""

# 2.x types its decorators for two-argument functions; one argument is what 1.x has too.
# pyright: reportArgumentType=false

import asyncio
import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from durabletask.entities import EntityInstanceId
from durabletask.task import OrchestrationContext

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="start/{name}/{id?}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    given = json.loads(req.get_body() or b"null")
    try:
        instance_id = await client.start_new(
            req.route_params["name"], req.route_params.get("id"), given
        )
    except Exception as error:  # noqa: BLE001 - 1.x raises another type than 2.x
        return func.HttpResponse(str(error), status_code=409)
    return client.create_check_status_response(req, instance_id)


@app.route(route="start-later/{id}/{seconds:int}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start_later(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    seconds = int(req.route_params["seconds"])
    await client.schedule_new_orchestration(
        "now",
        instance_id=req.route_params["id"],
        start_at=datetime.now(UTC) + timedelta(seconds=seconds),
    )
    return func.HttpResponse(status_code=202)


@app.route(route="signal/{key}/{seconds:int}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def send_signal(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    counter = df.EntityId("counter", req.route_params["key"])
    seconds = int(req.route_params["seconds"])
    due = datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None
    await client.signal_entity(counter, "add", 1, signal_time=due)
    return func.HttpResponse(status_code=202)


@app.route(route="clean", methods=["POST"])
@app.durable_client_input(client_name="client")
async def clean(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    result = await client.clean_entity_storage()
    return func.HttpResponse(json.dumps(result.orphaned_locks_released))


@app.route(route="entity/{key}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def read_entity(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    state = await client.read_entity_state(df.EntityId("counter", req.route_params["key"]))
    return func.HttpResponse(json.dumps(state.entity_state))


@app.route(route="history/{id}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def read_history(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    events = await client.get_orchestration_history(req.route_params["id"])
    return func.HttpResponse(json.dumps([type(event).__name__ for event in events]))


# Orchestrators


@app.orchestration_trigger(context_name="context")
def now(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_activity("double", 21))


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext) -> Any:
    count = context.get_input()
    results = yield context.task_all([context.call_activity("double", n) for n in range(count)])
    return sum(results)


@app.orchestration_trigger(context_name="context")
def nap(context: df.DurableOrchestrationContext) -> Any:
    yield context.create_timer(
        context.current_utc_datetime + timedelta(seconds=context.get_input())
    )
    return "awake"


@app.orchestration_trigger(context_name="context")
def family(context: df.DurableOrchestrationContext) -> Any:
    """Grandchildren that sleep, then work: all levels are in flight for a while."""
    depth, width, seconds = context.get_input()
    if depth == 0:
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=seconds))
        return (yield context.call_activity("double", 1))
    deeper = [depth - 1, width, seconds]
    results = yield context.task_all(
        [context.call_sub_orchestrator("family", deeper) for _ in range(width)]
    )
    return sum(results)


@app.orchestration_trigger(context_name="context")
def collect(context: df.DurableOrchestrationContext) -> Any:
    """Wait until each number below the input came; a number may come twice."""
    seen: set[int] = set()
    while len(seen) < context.get_input():
        seen.add((yield context.wait_for_external_event("number")))
    return sorted(seen)


@app.orchestration_trigger(context_name="context")
def tally(context: df.DurableOrchestrationContext) -> Any:
    """Signals and calls of one counter; how often its activity ran does not matter to it."""
    key, signals = context.get_input()
    counter = df.EntityId("counter", key)
    for _ in range(signals):
        context.signal_entity(counter, "add", 1)
        yield context.call_activity("double", 1)
    return (yield context.call_entity(counter, "add", 1))


@app.orchestration_trigger(context_name="context")
def eternal(context: df.DurableOrchestrationContext) -> Any:
    state = context.get_input()
    total = state["total"] + (yield context.call_activity("double", state["round"]))
    if state["round"] == state["last"]:
        return total
    context.continue_as_new({**state, "round": state["round"] + 1, "total": total})
    return None


@app.orchestration_trigger(context_name="context")
def critical(context: OrchestrationContext, key: str) -> Any:
    """Read a counter, wait, write it: right only if nobody is in there at the same time.

    Only the native context of 2.x has locks.
    """
    counter = EntityInstanceId("counter", key)
    with (yield context.lock_entities([counter])):
        value = yield context.call_entity(counter, "get")
        yield context.call_activity("double", input=value)
        yield context.call_entity(counter, "set", value + 1)
    return value


@app.orchestration_trigger(context_name="context")
def hold(context: OrchestrationContext, key: str) -> Any:
    """Hold a counter's lock until it is told to release it."""
    with (yield context.lock_entities([EntityInstanceId("counter", key)])):
        context.set_custom_status("holding")
        yield context.wait_for_external_event("release")


@app.orchestration_trigger(context_name="context")
def leave_child(context: df.DurableOrchestrationContext) -> Any:
    """Leaves a child behind in its first run; its number is the activity's in the second."""
    if context.get_input() == "first":
        context.call_sub_orchestrator("nap", 2)
        yield context.call_activity("double", 1)
        context.continue_as_new("second")
        return None
    return (yield context.call_activity("sleep", [3, "right"]))


@app.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext) -> Any:
    options = df.RetryOptions(300, 5)
    return (yield context.call_activity_with_retry("fail_first", options, context.get_input()))


@app.orchestration_trigger(context_name="context")
def fragile(context: df.DurableOrchestrationContext) -> Any:
    before = yield context.call_activity("count_call", [context.get_input(), "before"])
    return [before, (yield context.call_activity("fail_first", context.get_input()))]


@app.orchestration_trigger(context_name="context")
def fatal(context: df.DurableOrchestrationContext) -> Any:
    """Its activity kills the host the first time."""
    before = yield context.call_activity("count_call", [context.get_input(), "before"])
    runs = yield context.call_activity("die_once", context.get_input())
    return [before, runs]


@app.orchestration_trigger(context_name="context")
def slow(context: df.DurableOrchestrationContext) -> Any:
    seconds, result = context.get_input()
    return (yield context.call_activity("sleep", [seconds, result]))


@app.orchestration_trigger(context_name="context")
def fail(context: df.DurableOrchestrationContext) -> Any:
    context.set_custom_status("about to fail")
    yield context.call_activity("double", 1)
    raise KeyError("lost")


# Activities and the entity


@app.activity_trigger(input_name="number")
async def double(number: int) -> int:
    await asyncio.sleep(number % 7 / 500)
    return 2 * number


@app.activity_trigger(input_name="job")
async def sleep(job: list) -> str:
    seconds, result = job
    await asyncio.sleep(seconds)
    return result


def _count_call(folder: str, name: str) -> int:
    path = Path(folder) / name
    with path.open("a") as calls:
        calls.write("x")
    return path.stat().st_size


@app.activity_trigger(input_name="job")
def count_call(job: list) -> int:
    folder, name = job
    return _count_call(folder, name)


@app.activity_trigger(input_name="folder")
def fail_first(folder: str) -> int:
    calls = _count_call(folder, "failing")
    if calls < 3:
        raise RuntimeError("not yet")
    return calls


@app.activity_trigger(input_name="folder")
def die_once(folder: str) -> int:
    calls = _count_call(folder, "fatal")
    if calls == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return calls


@app.entity_trigger(context_name="context")
def counter(context: df.DurableEntityContext) -> None:
    value = context.get_state(lambda: 0)
    if context.operation_name == "add":
        context.set_state(value + context.get_input())
    if context.operation_name == "set":
        context.set_state(context.get_input())
    context.set_result(context.get_state(lambda: 0))
