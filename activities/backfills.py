"""The activity of a backfill."""

import logging
from typing import Any

import azure.durable_functions as df

from shared.domain.errors import TransientError
from shared.domain.messages import BackfillJob, BackfillStep
from shared.wiring import get_services, observed

_log = logging.getLogger("agent_memory.backfills")
blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="job")
@blueprint.durable_client_input(client_name="client")
@observed
async def read_backfill_page(job: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """BackfillJob -> BackfillStep, after the threads of the page were started.

    Where the processing is left to in-process clients the instance ends, and the backfill does not:
    a sweep under the other owner takes it up again.
    """
    services = get_services()
    if not services.runs:
        return BackfillStep(done=True).model_dump(mode="json")
    step, due = await services.run_backfill.run(BackfillJob.model_validate(job).backfill_id)
    for key in due:
        try:
            await services.start.start_thread(client, key)
        except TransientError as error:  # the thread owes the work
            _log.warning("a thread was not started (%s); the sweeper will", error.code)
    return step.model_dump(mode="json")
