"""The extraction of a claimed chunk: ask the model, deduplicate, persist."""

from typing import Any

import azure.durable_functions as df
from shared.domain.messages import DEFERRED, PersistJob, StepJob, StepResult

from orchestrators.retry import Steps, call_step

blueprint = df.Blueprint()


@blueprint.orchestration_trigger(context_name="context")  # pyright: ignore[reportArgumentType] - 1.x form
def extract_memories(
    context: df.DurableOrchestrationContext,
) -> Steps[dict[str, Any]]:
    """Three steps, each retried on its own; deferred as a whole if one keeps failing.

    The model's answer is journalled by the first step, so that no later failure buys it again.
    """
    job = StepJob.model_validate(context.get_input())
    deferred = StepResult(status=DEFERRED).model_dump(mode="json")
    payload = job.model_dump(mode="json")
    extracted = yield from call_step(context, "extract_facts", payload, job.retry)
    if extracted is None:
        return deferred
    decided = yield from call_step(context, "deduplicate_facts", payload, job.retry)
    if decided is None:
        return deferred
    persist = PersistJob.model_validate({**payload, **decided})
    persisted = yield from call_step(
        context, "persist_facts", persist.model_dump(mode="json"), job.retry
    )
    return deferred if persisted is None else persisted
