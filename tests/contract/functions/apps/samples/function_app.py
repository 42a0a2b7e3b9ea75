"""The patterns that the documentation of Durable Functions teaches, in the names it gives them."""

# 2.x types its decorators for two-argument functions; one argument is what 1.x has too.
# pyright: reportArgumentType=false

import asyncio
import json
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

_weather: dict[str, list[str]] = {}
_cleaned: list[str] = []


@app.route(route="orchestrators/{name}/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def http_start(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    given = json.loads(req.get_body() or b"null")
    instance_id = await client.start_new(req.route_params["name"], req.route_params["id"], given)
    return client.create_check_status_response(req, instance_id)


@app.route(route="cleaned")
def cleaned(req: func.HttpRequest) -> str:
    return json.dumps(_cleaned)


# Function chaining


@app.orchestration_trigger(context_name="context")
def hello_sequence(context: df.DurableOrchestrationContext) -> Any:
    greetings: list[str] = []
    for city in ("Tokyo", "Seattle", "London"):
        greetings.append((yield context.call_activity("say_hello", city)))
    return greetings


@app.activity_trigger(input_name="city")
def say_hello(city: str) -> str:
    return f"Hello {city}!"


# Fan-out/fan-in, over sub-orchestrations


@app.orchestration_trigger(context_name="context")
def backup_sites(context: df.DurableOrchestrationContext) -> Any:
    sizes = yield context.task_all(
        [context.call_sub_orchestrator("backup_site", site) for site in context.get_input()]
    )
    return sum(sizes)


@app.orchestration_trigger(context_name="context")
def backup_site(context: df.DurableOrchestrationContext) -> Any:
    files = yield context.call_activity("list_files", context.get_input())
    sizes = yield context.task_all([context.call_activity("copy_file", file) for file in files])
    return sum(sizes)


@app.activity_trigger(input_name="site")
def list_files(site: str) -> list[str]:
    return [f"{site}/{n}" for n in range(5)]


@app.activity_trigger(input_name="file")
async def copy_file(file: str) -> int:
    return len(file)


# A sub-orchestration that takes its time


@app.orchestration_trigger(context_name="context")
def patient_parent(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_sub_orchestrator("slow_child", context.get_input()))


@app.orchestration_trigger(context_name="context")
def slow_child(context: df.DurableOrchestrationContext) -> Any:
    seconds = context.get_input()
    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=seconds))
    return f"slept {seconds}"


# Human interaction: three tries to give the code, before a deadline


@app.orchestration_trigger(context_name="context")
def verify_phone(context: df.DurableOrchestrationContext) -> Any:
    job = context.get_input()
    deadline: Any = context.create_timer(
        context.current_utc_datetime + timedelta(seconds=job["seconds"])
    )
    context.set_custom_status("code sent")
    for _ in range(3):
        answer = context.wait_for_external_event("SmsChallengeResponse")
        winner = yield context.task_any([answer, deadline])
        if winner == deadline:
            return "timed out"
        if answer.result == job["code"]:
            if not deadline.is_complete:  # is_completed in 1.x
                deadline.cancel()
            return "verified"
    return "refused"


# Monitor: look again and again, with durable timers, until it is so or it is too late


@app.orchestration_trigger(context_name="context")
def monitor_weather(context: df.DurableOrchestrationContext) -> Any:
    job = context.get_input()
    expires = context.current_utc_datetime + timedelta(seconds=job["seconds"])
    looks = 0
    while context.current_utc_datetime < expires:
        looks += 1
        weather = yield context.call_activity(
            "look_outside", [context.instance_id, job["clear_at"]]
        )
        if weather == "clear":
            return {"clear": True, "looks": looks}
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=0.2))
    return {"clear": False, "looks": looks}


@app.activity_trigger(input_name="job")
def look_outside(job: list) -> str:
    place, clear_at = job
    seen = _weather.setdefault(place, [])
    seen.append("clear" if len(seen) + 1 >= clear_at else "rain")
    return seen[-1]


# Eternal orchestration: a periodic job that never ends by itself


@app.orchestration_trigger(context_name="context")
def periodic_cleanup(context: df.DurableOrchestrationContext) -> Any:
    yield context.call_activity("clean_up", context.instance_id)
    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=0.1))
    context.continue_as_new(None)


@app.activity_trigger(input_name="who")
def clean_up(who: str) -> str:
    _cleaned.append(who)
    return who


# Entities: a counter, and a transfer between two accounts that nobody else may touch meanwhile


@app.orchestration_trigger(context_name="context")
def count(context: df.DurableOrchestrationContext) -> Any:
    counter = df.EntityId("counter", context.get_input())
    for amount in (5, 6):
        context.signal_entity(counter, "add", amount)
    context.signal_entity(counter, "reset")
    context.signal_entity(counter, "add", 1)
    return (yield context.call_entity(counter, "get"))


@app.entity_trigger(context_name="context")
def counter(context: df.DurableEntityContext) -> None:
    value = context.get_state(lambda: 0)
    if context.operation_name == "add":
        value += context.get_input()
    elif context.operation_name == "reset":
        value = 0
    context.set_state(value)
    context.set_result(value)


# Async HTTP API: the client polls the status until the work is done


@app.orchestration_trigger(context_name="context")
def long_job(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_activity("work", context.get_input()))


@app.activity_trigger(input_name="seconds")
async def work(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"
