"""Timer triggers: a schedule from a setting, a run at start-up, a slow one, and one that fails."""

import asyncio
import json
import logging
import time
from typing import Any

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

log = logging.getLogger("app.timers")

_ticks: list[dict[str, Any]] = []
_slow: list[tuple[float, float]] = []
_retries: list[list[int]] = []
_startups: list[dict[str, Any]] = []


@app.timer_trigger(arg_name="timer", schedule="%EVERY_SECOND%")
async def tick(timer: func.TimerRequest) -> None:
    status: dict[str, str] = timer.schedule_status  # pyright: ignore[reportAttributeAccessIssue]
    _ticks.append({"past_due": timer.past_due, "status": status, "at": time.time()})


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
def at_startup(timer: func.TimerRequest) -> None:
    status: dict[str, str] = timer.schedule_status  # pyright: ignore[reportAttributeAccessIssue]
    _startups.append({"past_due": timer.past_due, "status": status})


@app.timer_trigger(arg_name="timer", schedule="* * * * * *")
async def slow(timer: func.TimerRequest) -> None:
    began = time.monotonic()
    log.info("slow began")
    await asyncio.sleep(1.5)
    log.info("slow ended")
    _slow.append((began, time.monotonic()))


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
def fails(timer: func.TimerRequest, context: func.Context) -> None:
    retry = context.retry_context
    _retries.append([retry.retry_count, retry.max_retry_count])
    raise RuntimeError("always")


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
@app.retry(strategy="fixed_delay", max_retry_count="-1", delay_interval="00:01:00")
def stubborn(timer: func.TimerRequest) -> None:
    raise RuntimeError("once more in a minute")


@app.route(route="seen")
def seen(req: func.HttpRequest) -> str:
    return json.dumps({"ticks": _ticks, "startups": _startups, "slow": _slow, "retries": _retries})
