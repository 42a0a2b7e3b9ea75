"""Activities of what is derived of a user: reconciled facts, profile, procedures."""

from typing import Any

import azure.durable_functions as df

from shared.domain.messages import ProfileJob, ProfilePlan, UserJob
from shared.wiring import get_services, observed

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="job")
@observed
async def plan_profile(job: dict) -> dict[str, Any]:
    """UserJob -> ProfilePlan; not due where the processing is left to in-process clients."""
    services = get_services()
    if not services.runs:
        return ProfilePlan().model_dump(mode="json")
    plan = await services.plan_profile.run(UserJob.model_validate(job).user_id)
    return plan.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def reconcile_facts(job: dict) -> dict[str, Any]:
    """ProfileJob -> StepResult with the number of facts that hold no more."""
    result = await get_services().reconcile_facts.run(ProfileJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def write_profile(job: dict) -> dict[str, Any]:
    """ProfileJob -> StepResult with the number of changed memories."""
    result = await get_services().write_profile.run(ProfileJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def persist_profile(job: dict) -> dict[str, Any]:
    """ProfileJob -> StepResult with the number of changed memories."""
    result = await get_services().persist_profile.run(ProfileJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def write_procedures(job: dict) -> dict[str, Any]:
    """ProfileJob -> StepResult with the number of rules in the model's answer."""
    result = await get_services().write_procedures.run(ProfileJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def persist_procedures(job: dict) -> dict[str, Any]:
    """ProfileJob -> StepResult with the number of rules that changed."""
    result = await get_services().persist_procedures.run(ProfileJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def commit_profile(job: dict) -> dict[str, Any]:
    """ProfileJob -> CommitResult."""
    result = await get_services().commit_profile.run(ProfileJob.model_validate(job))
    return result.model_dump(mode="json")
