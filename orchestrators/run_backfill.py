"""A backfill's orchestration: a page, a pause, and round again."""

from datetime import timedelta

import azure.durable_functions as df
from shared.domain.messages import BackfillJob, BackfillStep

from orchestrators.retry import Steps, call_step, pause_after

blueprint = df.Blueprint()


@blueprint.orchestration_trigger(context_name="context")  # pyright: ignore[reportArgumentType] - 1.x form
def run_backfill(context: df.DurableOrchestrationContext) -> Steps[None]:
    """Read a page and start its threads, wait as long as it says, go on with a fresh history.

    A page that keeps failing is tried again after one pause more: a backfill outlives an outage.
    """
    job = BackfillJob.model_validate(context.get_input())
    payload = job.model_dump(mode="json")
    result = yield from call_step(context, "read_backfill_page", payload, job.retry)
    if result is None:
        result = {"pause_seconds": pause_after(job.retry.attempts, job.retry)}
    step = BackfillStep.model_validate(result)
    if step.done:
        return
    if step.pause_seconds > 0:
        pause = timedelta(seconds=step.pause_seconds)
        yield context.create_timer(context.current_utc_datetime + pause)
    context.continue_as_new(payload)
