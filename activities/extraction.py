"""Activities of the extraction of a chunk."""

from typing import Any

import azure.durable_functions as df

from shared.domain.messages import PersistJob, StepJob
from shared.wiring import get_services, observed

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="job")
@observed
async def extract_facts(job: dict) -> dict[str, Any]:
    """StepJob -> StepResult with the number of facts that the model's answer holds."""
    result = await get_services().extract_facts.run(StepJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def deduplicate_facts(job: dict) -> dict[str, Any]:
    """StepJob -> FactDecisions."""
    decisions = await get_services().deduplicate_facts.run(StepJob.model_validate(job))
    return decisions.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def persist_facts(job: dict) -> dict[str, Any]:
    """PersistJob -> StepResult with the number of facts that are new."""
    result = await get_services().persist_facts.run(PersistJob.model_validate(job))
    return result.model_dump(mode="json")
