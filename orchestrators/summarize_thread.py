"""The summary of a thread: ask the model, persist."""

from typing import Any

import azure.durable_functions as df
from shared.domain.messages import DEFERRED, StepJob, StepResult

from orchestrators.retry import Steps, call_step

blueprint = df.Blueprint()


@blueprint.orchestration_trigger(context_name="context")  # pyright: ignore[reportArgumentType] - 1.x form
def summarize_thread(
    context: df.DurableOrchestrationContext,
) -> Steps[dict[str, Any]]:
    """Two steps, each retried on its own; deferred as a whole if one keeps failing."""
    job = StepJob.model_validate(context.get_input())
    payload = job.model_dump(mode="json")
    result: dict[str, Any] | None = None
    for name in ("write_summary", "persist_summary"):
        result = yield from call_step(context, name, payload, job.retry)
        if result is None:
            return StepResult(status=DEFERRED).model_dump(mode="json")
    return result or {}
