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
    """Plan, reconcile facts, write the profile, derive procedures, commit; again while due.

    Each step is taken only where the plan says so. A run that keeps failing is postponed by its
    commit, and the sweeper starts it again; procedures that keep failing wait for the next run.
    """
    job = UserJob.model_validate(context.get_input())
    planned = yield from call_step(context, "plan_profile", job.model_dump(mode="json"), job.retry)
    plan = ProfilePlan.model_validate(planned or {})
    if not plan.due:
        return
    step = ProfileJob(**job.model_dump(), **plan.model_dump(exclude={"due"}))
    status = DONE
    names = ["reconcile_facts"] if plan.reconcile else []
    names += ["write_profile", "persist_profile"] if plan.profile else []
    for name in names:
        result = yield from call_step(context, name, step.model_dump(mode="json"), job.retry)
        if result is None:
            status = DEFERRED
            break
    derived = plan.procedures and status == DONE
    for name in ["write_procedures", "persist_procedures"] if derived else []:
        result = yield from call_step(context, name, step.model_dump(mode="json"), job.retry)
        if result is None:
            derived = False
            break
    commit = step.model_copy(update={"status": status, "procedures": derived})
    committed = yield from call_step(
        context, "commit_profile", commit.model_dump(mode="json"), job.retry
    )
    if committed is not None and CommitResult.model_validate(committed).due:
        context.continue_as_new(job.model_dump(mode="json"))
