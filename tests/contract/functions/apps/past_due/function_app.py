"""A timer that is due once a day, one that also runs at every start, and one without a memory."""

import json
from typing import Any

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

_runs: list[dict[str, Any]] = []


def _note(name: str, timer: func.TimerRequest) -> None:
    status: dict[str, str] = timer.schedule_status  # pyright: ignore[reportAttributeAccessIssue]
    _runs.append({"name": name, "past_due": timer.past_due, "status": status})


@app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
def nightly(timer: func.TimerRequest) -> None:
    _note("nightly", timer)


@app.timer_trigger(arg_name="timer", schedule="1.00:00:00")
def every_day(timer: func.TimerRequest) -> None:
    _note("every_day", timer)


@app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *", use_monitor=False)
def forgetful(timer: func.TimerRequest) -> None:
    _note("forgetful", timer)


@app.route(route="runs")
def runs(req: func.HttpRequest) -> str:
    return json.dumps(_runs)
