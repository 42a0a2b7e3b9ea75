"""An app in several files: blueprints, and a package of its own named `shared`."""

import azure.functions as func
from orders import orders
from shared.greeting import greet

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(orders)


@app.route(route="greet/{name}")
def say(req: func.HttpRequest) -> str:
    return greet(req.route_params["name"])


@app.timer_trigger(arg_name="timer", schedule="%UNSET_SCHEDULE%")
def off_here(timer: func.TimerRequest) -> None:
    raise AssertionError("disabled by local.settings.json")


@app.route(route="not-listed")
def not_listed(req: func.HttpRequest) -> str:
    return "host.json does not list this function"
