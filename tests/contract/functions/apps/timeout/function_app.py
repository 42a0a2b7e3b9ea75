"""Functions that take longer than host.json allows."""

# 2.x types its decorators for two-argument functions; one argument is what 1.x has too.
# pyright: reportArgumentType=false

import asyncio
import threading
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

_cancelled: list[str] = []
_released = threading.Event()


@app.route(route="cooperative")
async def cooperative(req: func.HttpRequest) -> str:
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        _cancelled.append("cooperative")
        raise
    return "late"


@app.route(route="blocking")
def blocking(req: func.HttpRequest) -> str:
    _released.wait(60)
    return "late"


@app.route(route="quick")
async def quick(req: func.HttpRequest) -> str:
    return ",".join(_cancelled)


@app.route(route="own")
async def own(req: func.HttpRequest) -> str:
    raise TimeoutError("of the app itself")


@app.route(route="start/{name}")
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    instance_id = await client.start_new(req.route_params["name"], None, None)
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def caught(context: df.DurableOrchestrationContext) -> Any:
    try:
        yield context.call_activity("linger", "x")
    except Exception as error:  # noqa: BLE001 - 1.x raises another type than 2.x
        return str(error)
    return "not reached"


@app.activity_trigger(input_name="text")
async def linger(text: str) -> str:
    await asyncio.sleep(60)
    return text
