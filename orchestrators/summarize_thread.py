"""The summary of a thread: ask the model, persist."""

from typing import Any

import azure.durable_functions as df
from shared.domain.messages import StepJob

from orchestrators.retry import Steps, call_steps

blueprint = df.Blueprint()


@blueprint.orchestration_trigger(context_name="context")  # pyright: ignore[reportArgumentType] - 1.x form
def summarize_thread(
    context: df.DurableOrchestrationContext,
) -> Steps[dict[str, Any]]:
    """Two steps, each retried on its own; deferred as a whole if one keeps failing."""
    job = StepJob.model_validate(context.get_input())
    names = ("write_summary", "persist_summary")
    return (yield from call_steps(context, names, job.model_dump(mode="json"), job.retry))
