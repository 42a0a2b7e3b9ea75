"""The episodes of ended segments: ask the model, persist."""

from typing import Any

import azure.durable_functions as df
from shared.domain.messages import DEFERRED, EpisodesJob, StepResult

from orchestrators.retry import Steps, call_step

blueprint = df.Blueprint()


@blueprint.orchestration_trigger(context_name="context")  # pyright: ignore[reportArgumentType] - 1.x form
def extract_episodes(
    context: df.DurableOrchestrationContext,
) -> Steps[dict[str, Any]]:
    """Two steps, each retried on its own; deferred as a whole if one keeps failing."""
    job = EpisodesJob.model_validate(context.get_input())
    payload = job.model_dump(mode="json")
    result: dict[str, Any] | None = None
    for name in ("write_episodes", "persist_episodes"):
        result = yield from call_step(context, name, payload, job.retry)
        if result is None:
            return StepResult(status=DEFERRED).model_dump(mode="json")
    return result or {}
