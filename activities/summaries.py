"""Activities of thread summaries."""

from typing import Any

import azure.durable_functions as df

from shared.domain.messages import StepJob
from shared.wiring import get_services, observed

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="job")
@observed
async def write_summary(job: dict) -> dict[str, Any]:
    """StepJob -> StepResult with the number of turns newly covered."""
    result = await get_services().write_summary.run(StepJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def persist_summary(job: dict) -> dict[str, Any]:
    """StepJob -> StepResult with the number of turns newly covered."""
    result = await get_services().persist_summary.run(StepJob.model_validate(job))
    return result.model_dump(mode="json")
