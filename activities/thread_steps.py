"""Activities of a thread's plan, commit, and the start of its user's orchestration."""

from typing import Any

import azure.durable_functions as df

from shared.domain.messages import CommitJob, ThreadJob, UserJob
from shared.wiring import get_services, observed

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="job")
@observed
async def plan_thread(job: dict) -> dict[str, Any]:
    """ThreadJob -> ThreadPlan, without what is usual: it stays in the history.

    Nothing is due where the processing is left to in-process clients: what is claimed was finished
    by the round before, and the rest waits for a sweep under the other owner.
    """
    services = get_services()
    if not services.runs:
        return {}
    plan = await services.plan_thread.run(ThreadJob.model_validate(job).key)
    return plan.model_dump(mode="json", exclude_defaults=True)


@blueprint.activity_trigger(input_name="job")
@observed
async def commit_thread(job: dict) -> dict[str, Any]:
    """CommitJob -> CommitResult."""
    result = await get_services().commit_thread.run(CommitJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@observed
async def retire_memories(job: dict) -> dict[str, Any]:
    """ThreadJob -> RetireResult."""
    result = await get_services().retire_memories.run(ThreadJob.model_validate(job))
    return result.model_dump(mode="json")


@blueprint.activity_trigger(input_name="job")
@blueprint.durable_client_input(client_name="client")
@observed
async def start_user(job: dict, client: df.DurableOrchestrationClient) -> dict[str, Any]:
    """UserJob -> whether the user's orchestration was started by this call."""
    user_id = UserJob.model_validate(job).user_id
    started = await get_services().start.start_user(client, user_id, tries=4)
    return {"started": started}
