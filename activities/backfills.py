"""The activity of a backfill."""

import logging
from typing import Any

import azure.durable_functions as df

from shared.domain.errors import TransientError
from shared.domain.messages import BackfillJob
from shared.wiring import get_services, observed

_log = logging.getLogger("agent_memory.backfills")
blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="job")
@blueprint.durable_client_input(client_name="client")
@observed
async def read_backfill_page(job: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """BackfillJob -> BackfillStep, after the threads of the page were started."""
    services = get_services()
    step, due = await services.run_backfill.run(BackfillJob.model_validate(job).backfill_id)
    for key in due:
        try:
            await services.start.start_thread(client, key)
        except TransientError as error:  # the thread owes the work
            _log.warning("a thread was not started (%s); the sweeper will", error.code)
    return step.model_dump(mode="json")
