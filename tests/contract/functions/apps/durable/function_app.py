"""The patterns of Durable Functions, one orchestrator each, started over HTTP by name."""

# 2.x types its decorators for two-argument functions; one argument is what 1.x has too.
# pyright: reportArgumentType=false

import asyncio
import json
import threading
import time
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

_calls: dict[str, int] = {}


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
    from datetime import UTC, datetime

    await client.schedule_new_orchestration(
        "chain",
        input="x",
        instance_id=req.route_params["id"],
        start_at=datetime.now(UTC) + timedelta(seconds=int(req.route_params["seconds"])),
    )
    return func.HttpResponse(status_code=202)


@app.route(route="wait/{id}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def wait(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    state = await client.wait_for_orchestration_completion(req.route_params["id"], timeout=20)
    return func.HttpResponse(json.dumps(state.runtime_status.name))


@app.route(route="sync-client/{id}", methods=["GET"])
@app.durable_client_input(client_name="client")
def read_with_sync_client(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    state = client.get_orchestration_state(req.route_params["id"])
    return func.HttpResponse(state.runtime_status.name)


@app.route(route="history/{id}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def read_history(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    events = await client.get_orchestration_history(req.route_params["id"])
    return func.HttpResponse(json.dumps([type(event).__name__ for event in events]))


@app.route(route="threads", methods=["GET"])
def count_threads(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(str(threading.active_count()))


@app.route(route="entity/{key}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def read_entity(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    state = await client.read_entity_state(df.EntityId("counter", req.route_params["key"]))
    return func.HttpResponse(json.dumps([state.entity_exists, state.entity_state]))


# Orchestrators


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext) -> Any:
    text = yield context.call_activity("say", context.get_input())
    text = yield context.call_activity("say", text)
    context.set_custom_status({"said": text})
    return text


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext) -> Any:
    count = context.get_input()
    results = yield context.task_all([context.call_activity("double", n) for n in range(count)])
    return sum(results)


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_sub_orchestrator("child", context.get_input()))


@app.orchestration_trigger(context_name="context")
def child(context: df.DurableOrchestrationContext) -> Any:
    seconds = context.get_input()
    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=seconds))
    return context.parent_instance_id


@app.orchestration_trigger(context_name="context")
def fan_out_children(context: df.DurableOrchestrationContext) -> Any:
    count, seconds = context.get_input()
    calls = [context.call_sub_orchestrator("child", seconds) for _ in range(count)]
    results = yield context.task_all(calls)
    return len(results)


@app.orchestration_trigger(context_name="context")
def failing_parent(context: df.DurableOrchestrationContext) -> Any:
    try:
        yield context.call_sub_orchestrator("fail", None)
    except Exception as error:  # noqa: BLE001 - what the framework raises is what is tested
        return [error.details.error_type, error.details.message]  # type: ignore[attr-defined]


@app.orchestration_trigger(context_name="context")
def fail(context: df.DurableOrchestrationContext) -> Any:
    yield context.call_activity("say", "x")
    raise KeyError("lost")


@app.orchestration_trigger(context_name="context")
def timer_race(context: df.DurableOrchestrationContext) -> Any:
    limit = context.create_timer(context.current_utc_datetime + timedelta(seconds=0.2))
    answer = context.wait_for_external_event("answer")
    winner = yield context.task_any([limit, answer])
    return "timeout" if winner == limit else answer.result


@app.orchestration_trigger(context_name="context")
def wait_for_answer(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.wait_for_external_event("answer"))


@app.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext) -> Any:
    options = df.RetryOptions(50, 3)
    failures = context.get_input()
    return (
        yield context.call_activity_with_retry("flaky", options, [context.instance_id, failures])
    )


@app.orchestration_trigger(context_name="context")
def fails_silently(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_activity("raise_without_message", "x"))


@app.orchestration_trigger(context_name="context")
def calls_nobody(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_activity("nobody", "x"))


@app.orchestration_trigger(context_name="context")
def eternal(context: df.DurableOrchestrationContext) -> Any:
    state = context.get_input()
    done = yield context.call_activity("double", state["round"])
    if state["round"] == state["last"]:
        return {"rounds": state["round"], "doubled": done}
    context.continue_as_new({**state, "round": state["round"] + 1})
    return None


@app.orchestration_trigger(context_name="context")
def continues_past_timer(context: df.DurableOrchestrationContext) -> Any:
    """Leaves a timer behind in its first run; its number is the event's in the second."""
    if context.get_input() == "first":
        context.create_timer(context.current_utc_datetime + timedelta(seconds=0.2))
        yield context.call_activity("double", 1)
        context.continue_as_new("second")
        return None
    started = context.current_utc_datetime
    yield context.create_timer(started + timedelta(seconds=0.8))
    return (context.current_utc_datetime - started).total_seconds()


@app.orchestration_trigger(context_name="context")
def continues_past_child(context: df.DurableOrchestrationContext) -> Any:
    """Leaves a child behind in its first run; its number is the activity's in the second."""
    if context.get_input() == "first":
        context.call_sub_orchestrator("child", 0.2)
        yield context.call_activity("double", 1)
        context.continue_as_new("second")
        return None
    return (yield context.call_activity("sleep", [0.8, "right"]))


@app.orchestration_trigger(context_name="context")
def slow_activity(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_activity("sleep", context.get_input()))


@app.orchestration_trigger(context_name="context")
def use_entity(context: df.DurableOrchestrationContext) -> Any:
    counter = df.EntityId("counter", context.get_input())
    context.signal_entity(counter, "add", 5)
    yield context.call_entity(counter, "add", 2)
    return (yield context.call_entity(counter, "get"))


@app.orchestration_trigger(context_name="context")
def call_missing_entity(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_entity(df.EntityId("nobody", "x"), "get"))


@app.orchestration_trigger(context_name="context")
def fetch(context: df.DurableOrchestrationContext) -> Any:
    response = yield context.call_http("GET", context.get_input())
    return response.status_code


@app.orchestration_trigger(context_name="context")
def start_others(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_activity("start_another", f"{context.instance_id}-other"))


@app.orchestration_trigger(context_name="context")
def echo(context: df.DurableOrchestrationContext) -> Any:
    return len((yield context.call_activity("say", context.get_input())))


# Activities and the entity


@app.activity_trigger(input_name="text")
def say(text: str) -> str:
    return text + "!"


@app.activity_trigger(input_name="number")
async def double(number: int) -> int:
    return 2 * number


@app.activity_trigger(input_name="job")
def flaky(job: list) -> int:
    key, failures = job
    _calls[key] = _calls.get(key, 0) + 1
    if _calls[key] <= failures:
        raise RuntimeError("not yet")
    return _calls[key]


@app.activity_trigger(input_name="text")
def raise_without_message(text: str) -> str:
    raise ValueError


@app.activity_trigger(input_name="job")
async def sleep(job: list) -> str:
    seconds, result = job
    await asyncio.sleep(seconds)
    return result


@app.activity_trigger(input_name="seconds")
def block(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


@app.activity_trigger(input_name="other")
@app.durable_client_input(client_name="client")
async def start_another(other: str, client: Any) -> str:
    return await client.start_new("chain", other, "x")


@app.entity_trigger(context_name="context")
def counter(context: df.DurableEntityContext) -> None:
    value = context.get_state(lambda: 0)
    if context.operation_name == "add":
        context.set_state(value + context.get_input())
    context.set_result(context.get_state(lambda: 0))
