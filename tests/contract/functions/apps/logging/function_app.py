"""Functions that log, at several levels and from several places."""

# 2.x types its decorators for two-argument functions; one argument is what 1.x has too.
# pyright: reportArgumentType=false

import logging
import threading
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
log = logging.getLogger("shop.orders")


def _log_each_level(who: str) -> None:
    log.debug("%s debug", who)
    log.info("%s info", who)
    log.warning("%s warning\nsecond line", who)


@app.route(route="in_sync")
def in_sync(req: func.HttpRequest) -> str:
    _log_each_level("sync")
    return "done"


@app.route(route="in_async")
async def in_async(req: func.HttpRequest) -> str:
    _log_each_level("async")
    return "done"


@app.route(route="hushed")
def hushed(req: func.HttpRequest) -> str:
    _log_each_level("hushed")
    return "done"


@app.route(route="in_thread")
def in_thread(req: func.HttpRequest, context: func.Context) -> str:
    def work() -> None:
        # As Microsoft's Python guide tells apps to do in threads of their own.
        setattr(context.thread_local_storage, "invocation_id", context.invocation_id)  # noqa: B010 - typed as a class
        log.info("from a thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return "done"


@app.route(route="fails")
async def fails(req: func.HttpRequest) -> str:
    raise LookupError("nothing there")


@app.route(route="id")
async def tell_id(req: func.HttpRequest, context: func.Context) -> str:
    log.info("asked")
    return context.invocation_id


@app.route(route="start/{id}")
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    instance_id = await client.start_new("flow", req.route_params["id"], "a secret of the user")
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def flow(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_activity("work", context.get_input()))


@app.activity_trigger(input_name="text")
def work(text: str) -> str:
    log.info("working")
    return text
