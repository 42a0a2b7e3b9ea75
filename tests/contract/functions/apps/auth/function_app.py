"""Functions of each level, and an orchestration with its management URLs."""

# 2.x types its decorators for two-argument functions; one argument is what 1.x has too.
# pyright: reportArgumentType=false

from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="open", auth_level=func.AuthLevel.ANONYMOUS)
def open_to_all(req: func.HttpRequest) -> str:
    return "open"


@app.route(route="mine")
def mine(req: func.HttpRequest) -> str:
    return "mine"


@app.route(route="other")
def other(req: func.HttpRequest) -> str:
    return "other"


@app.route(route="chief", auth_level=func.AuthLevel.ADMIN)
def chief(req: func.HttpRequest) -> str:
    return "chief"


@app.route(route="start")
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: Any) -> func.HttpResponse:
    return client.create_check_status_response(req, await client.start_new("greet", None, "you"))


@app.orchestration_trigger(context_name="context")
def greet(context: df.DurableOrchestrationContext) -> Any:
    return (yield context.call_activity("say", context.get_input()))


@app.activity_trigger(input_name="name")
def say(name: str) -> str:
    return f"hello {name}"
