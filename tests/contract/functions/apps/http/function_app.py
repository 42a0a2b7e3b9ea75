"""HTTP triggers: routes, methods, bodies, headers, cookies, settings, logs."""

import json
import logging
import os
from pathlib import Path

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
log = logging.getLogger("app.http")


@app.route(route="items/{category}/{id:int?}")
async def get_item(req: func.HttpRequest) -> func.HttpResponse:
    seen = {"method": req.method, "route": dict(req.route_params), "query": dict(req.params)}
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@app.route(route="files/{*path}", methods=["GET"])
def get_file(req: func.HttpRequest) -> str:
    return req.route_params["path"]


@app.route(route="%ROUTE%", methods=["POST", "PUT"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse(
        req.get_body(), status_code=201, headers={"X-Got": req.headers.get("X-Sent", "")}
    )
    response.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly; SameSite=Lax")
    response.headers.add("Set-Cookie", "b=2; Path=/")
    return response


@app.route(route="settings", auth_level=func.AuthLevel.ANONYMOUS)
def read_settings(req: func.HttpRequest) -> str:
    names = ("FROM_FILE", "FROM_BOTH", "PYTHON_THREADPOOL_THREAD_COUNT")
    return json.dumps({**{n: os.environ.get(n) for n in names}, "cwd": Path.cwd().name})


@app.route(route="say")
def say(req: func.HttpRequest) -> str:
    print("printed by the app")  # noqa: T201 - what the test looks for
    log.info("logged by the app")
    logging.getLogger("azure.something").info("noise of a library")
    return "said"


@app.route(route="fail")
def fail(req: func.HttpRequest) -> str:
    raise KeyError("no such thing")


@app.route(route="trace")
def read_trace(req: func.HttpRequest, context: func.Context) -> str:
    return f"{context.function_name} {context.trace_context.trace_parent}"


@app.route(route="stuck")
def stay(req: func.HttpRequest) -> str:
    import time

    time.sleep(60)
    return "late"
