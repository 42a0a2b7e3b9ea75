"""What bench/functions.py measures: orchestrations of three activities that do nothing."""

# 2.x types its decorators for two-argument functions; one argument is what 1.x has too.
# pyright: reportArgumentType=false

import asyncio
import json
import threading
import time
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from durabletask.client import OrchestrationStatus

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

AT_ONCE = 50


@app.route(route="burst/{prefix}/{count:int}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def burst(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    """Start many, wait for the last ones, and tell the seconds from the first start."""
    ids = [f"{req.route_params['prefix']}-{n}" for n in range(int(req.route_params["count"]))]
    started = time.perf_counter()
    for first in range(0, len(ids), AT_ONCE):
        group = ids[first : first + AT_ONCE]
        await asyncio.gather(*(client.start_new("three", each, 1) for each in group))
    accepted = time.perf_counter()
    # They are run in the order of their start: when these are done, so are almost all.
    waits = [client.wait_for_orchestration_completion(each) for each in ids[-AT_ONCE:]]
    await asyncio.gather(*waits)
    done = time.perf_counter()
    seconds = {"accepted": accepted - started, "done": done - started}
    return func.HttpResponse(json.dumps({**seconds, "threads": threading.active_count()}))


@app.route(route="purge", methods=["POST"])
@app.durable_client_input(client_name="client")
async def purge(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    """Purge what completed; anything else is a failure of the measurement."""
    result = await client.purge_orchestrations_by(runtime_status=[OrchestrationStatus.COMPLETED])
    return func.HttpResponse(str(result.deleted_instance_count))


@app.route(route="one", methods=["POST"])
@app.durable_client_input(client_name="client")
async def one(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    """Run fan-outs one at a time and tell the milliseconds of each."""
    latencies: list[float] = []
    for _ in range(int(req.get_body())):
        started = time.perf_counter()
        instance_id = await client.start_new("three", None, 1)
        await client.wait_for_orchestration_completion(instance_id)
        latencies.append((time.perf_counter() - started) * 1000)
    return func.HttpResponse(json.dumps(latencies))


@app.route(route="family/{count:int}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def family(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    """Run many as children of a few, so that no client is measured; tell the seconds."""
    started = time.perf_counter()
    parents = int(req.route_params["count"]) // AT_ONCE
    ids = [await client.start_new("parent", None, AT_ONCE) for _ in range(parents)]
    await asyncio.gather(*(client.wait_for_orchestration_completion(each) for each in ids))
    return func.HttpResponse(str(time.perf_counter() - started))


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext) -> Any:
    children = range(context.get_input())
    yield context.task_all([context.call_sub_orchestrator("three", n) for n in children])


@app.orchestration_trigger(context_name="context")
def three(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.task_all([context.call_activity("pass_on", n) for n in range(3)]))


@app.activity_trigger(input_name="number")
async def pass_on(number: int) -> int:
    return number
