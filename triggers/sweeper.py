"""The timer: run the sweeper and start what it has found."""

import logging
from collections.abc import Awaitable

import azure.durable_functions as df
import azure.functions as func

from shared.domain.errors import TransientError
from shared.wiring import get_services, observed

_log = logging.getLogger("agent_memory.sweeper")
blueprint = df.Blueprint()
_ENDED = (
    df.OrchestrationRuntimeStatus.Completed,
    df.OrchestrationRuntimeStatus.Failed,
    df.OrchestrationRuntimeStatus.Terminated,
)


@blueprint.function_name("sweep")
@blueprint.timer_trigger(arg_name="timer", schedule="%MEMORY_SWEEP_SCHEDULE%", run_on_startup=True)
@blueprint.durable_client_input(client_name="client")
@observed
async def sweep(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Start what has due work and what nothing else would start; then tidy up.

    Turns that were deleted are forgotten, and old histories purged.

    One failure does not keep the others from being started; the next tick tries again.
    """
    services = get_services()
    if not services.runs:
        return
    try:
        report = await services.sweep.run()
    except TransientError as error:
        _log.warning("the sweep ended early (%s); the next one goes on", error.code)
        return
    for key in report.threads:
        await _try_start(services.start.start_thread(client, key))
    for user_id in report.users:
        await _try_start(services.start.start_user(client, user_id))
    for backfill_id in report.backfills:
        await _try_start(services.start.start_backfill(client, backfill_id))
    try:
        await services.tell_backlog.run(report.open)
    except TransientError as error:
        _log.warning("the state was not told (%s); the next sweep does", error.code)
    try:
        await services.find_vanished.run()
    except TransientError as error:
        _log.warning("the search for deleted turns ended early (%s); it goes on later", error.code)
    try:
        await services.purge_history.run(client, list(_ENDED))
    except Exception as error:  # noqa: BLE001 - whatever Durable Functions raises, an hour later it is tried again
        _log.warning("old histories were not purged (%s)", type(error).__name__)


async def _try_start(start: Awaitable[bool]) -> None:
    try:
        await start
    except TransientError as error:
        _log.warning("a start failed (%s); the next sweep tries again", error.code)
