"""Activities that see how many of them run at once, and a burst of orchestrations."""

# 2.x types its decorators for two-argument functions; one argument is what 1.x has too.
# pyright: reportArgumentType=false

import asyncio
import json
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

_running = 0


@app.route(route="start/{name}/{id?}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    given = json.loads(req.get_body() or b"null")
    instance_id = await client.start_new(
        req.route_params["name"], req.route_params.get("id"), given
    )
    return client.create_check_status_response(req, instance_id)


@app.route(route="burst/{count:int}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def burst(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    """Start many at once and count those that complete."""
    ids = [f"burst-{n}" for n in range(int(req.route_params["count"]))]
    for first in range(0, len(ids), 50):
        await asyncio.gather(*(client.start_new("three", i, 1) for i in ids[first : first + 50]))
    done = 0
    for first in range(0, len(ids), 50):
        waits = [
            client.wait_for_orchestration_completion(i, timeout=60) for i in ids[first : first + 50]
        ]
        done += sum(s.runtime_status.name == "COMPLETED" for s in await asyncio.gather(*waits))
    return func.HttpResponse(str(done))


@app.orchestration_trigger(context_name="context")
def measure(context: df.DurableOrchestrationContext) -> Any:
    peaks = yield context.task_all([context.call_activity("stay", n) for n in range(10)])
    return max(peaks)


@app.orchestration_trigger(context_name="context")
def three(context: df.DurableOrchestrationContext) -> Any:
    yield context.task_all([context.call_activity("pass_on", n) for n in range(3)])


@app.activity_trigger(input_name="number")
async def stay(number: int) -> int:
    global _running
    _running += 1
    seen = _running
    await asyncio.sleep(0.02)
    _running -= 1
    return seen


@app.activity_trigger(input_name="number")
async def pass_on(number: int) -> int:
    return number
