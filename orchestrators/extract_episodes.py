"""The episodes of ended segments: ask the model, persist."""

from typing import Any

import azure.durable_functions as df
from shared.domain.messages import EpisodesJob

from orchestrators.retry import Steps, call_steps

blueprint = df.Blueprint()


@blueprint.orchestration_trigger(context_name="context")  # pyright: ignore[reportArgumentType] - 1.x form
def extract_episodes(
    context: df.DurableOrchestrationContext,
) -> Steps[dict[str, Any]]:
    """Two steps, each retried on its own; deferred as a whole if one keeps failing."""
    job = EpisodesJob.model_validate(context.get_input())
    names = ("write_episodes", "persist_episodes")
    return (yield from call_steps(context, names, job.model_dump(mode="json"), job.retry))
