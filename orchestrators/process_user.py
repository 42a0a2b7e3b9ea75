"""A user's orchestration: claim a profile run if one is due, do it, commit, go round."""

import azure.durable_functions as df
from shared.domain.messages import (
    DEFERRED,
    DONE,
    CommitResult,
    ProfileJob,
    ProfilePlan,
    UserJob,
)

from orchestrators.retry import Steps, call_step

blueprint = df.Blueprint()


@blueprint.orchestration_trigger(context_name="context")  # pyright: ignore[reportArgumentType] - 1.x form
def process_user(context: df.DurableOrchestrationContext) -> Steps[None]:
    """Plan, reconcile facts if due, write and persist the profile, commit; again while due.

    A run that keeps failing is postponed by its commit; the sweeper starts it again.
    """
    job = UserJob.model_validate(context.get_input())
    planned = yield from call_step(context, "plan_profile", job.model_dump(mode="json"), job.retry)
    plan = ProfilePlan.model_validate(planned or {})
    if not plan.due:
        return
    step = ProfileJob(**job.model_dump(), **plan.model_dump(exclude={"due"}))
    status = DONE
    names = ["reconcile_facts"] if plan.reconcile else []
    for name in [*names, "write_profile", "persist_profile"]:
        result = yield from call_step(context, name, step.model_dump(mode="json"), job.retry)
        if result is None:
            status = DEFERRED
            break
    commit = step.model_copy(update={"status": status})
    committed = yield from call_step(
        context, "commit_profile", commit.model_dump(mode="json"), job.retry
    )
    if committed is not None and CommitResult.model_validate(committed).due:
        context.continue_as_new(job.model_dump(mode="json"))
