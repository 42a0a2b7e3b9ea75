"""A thread's orchestration: claim what is due, do it in parallel, commit, go round."""

from collections.abc import Mapping
from typing import Any

import azure.durable_functions as df
from shared.domain.messages import (
    DEFERRED,
    CommitJob,
    CommitResult,
    EpisodesJob,
    RetireResult,
    StepJob,
    StepResult,
    ThreadJob,
    ThreadPlan,
)

from orchestrators.retry import Steps, call_step

blueprint = df.Blueprint()
_OF_STEPS_ONLY = {"adopted", "summarize_from", "generation", "rebuild"}  # not the commit's concern


@blueprint.orchestration_trigger(context_name="context")  # pyright: ignore[reportArgumentType] - 1.x form
def process_thread(context: df.DurableOrchestrationContext) -> Steps[None]:
    """Plan, then extract, summarise and write episodes in parallel, commit; again while due.

    1. `plan_thread` claims the next chunk, summary, ended segments; nothing due ends the run. Where
       a generation is derived, `retire_memories` is all that this round does.
    2. `extract_memories`, `summarize_thread` and `extract_episodes` run side by side.
    3. `commit_thread` closes the claim, or postpones it if the extraction failed.
    4. `start_user` if the user's profile has become due.
    5. The next round begins with a fresh history.
    """
    job = ThreadJob.model_validate(context.get_input())
    planned = yield from call_step(context, "plan_thread", job.model_dump(mode="json"), job.retry)
    plan = ThreadPlan.model_validate(planned or {})
    if not plan.due:
        return
    if plan.retire:
        yield from _retire(context, job)
        context.continue_as_new(job.model_dump(mode="json"))
        return
    claimed = plan.model_dump(exclude={"due", "extract", "retire", "segments"})
    step = StepJob(**job.model_dump(), **claimed)
    steps: dict[str, StepJob] = {"extract_memories": step} if plan.extract else {}
    steps |= {"summarize_thread": step} if plan.summarize_to else {}
    if plan.segments:
        steps["extract_episodes"] = EpisodesJob(**step.model_dump(), segments=plan.segments)
    results = yield from _run_side_by_side(context, steps)
    commit = CommitJob(
        **step.model_dump(),
        extracted=results.get("extract_memories"),
        summarized=results.get("summarize_thread"),
        episodes=results.get("extract_episodes"),
    )
    outcome = commit.model_dump(mode="json", exclude=_OF_STEPS_ONLY)
    committed = yield from call_step(context, "commit_thread", outcome, job.retry)
    if committed is None:
        return
    result = CommitResult.model_validate(committed)
    if result.profile_due:
        yield from call_step(context, "start_user", {"user_id": job.user_id}, job.retry)
    if result.due:
        context.continue_as_new(job.model_dump(mode="json"))


def _retire(context: df.DurableOrchestrationContext, job: ThreadJob) -> Steps[None]:
    """End what a generation left behind; if that fails, the plan of a later round asks again."""
    payload = job.model_dump(mode="json")
    retired = yield from call_step(context, "retire_memories", payload, job.retry)
    if retired is not None and RetireResult.model_validate(retired).profile_due:
        yield from call_step(context, "start_user", {"user_id": job.user_id}, job.retry)


def _run_side_by_side(
    context: df.DurableOrchestrationContext, steps: Mapping[str, StepJob]
) -> Steps[dict[str, StepResult]]:
    """The results of the sub-orchestrations by name; deferred where one broke."""
    if not steps:
        return {}
    try:
        results = yield context.task_all(
            [context.call_sub_orchestrator(name, _describe(step)) for name, step in steps.items()]
        )
    except Exception:  # noqa: BLE001 - 1.7.0 raises a bare Exception for a failed sub-orchestration
        return {name: StepResult(status=DEFERRED) for name in steps}
    return {
        name: StepResult.model_validate(result) for name, result in zip(steps, results, strict=True)
    }


def _describe(step: StepJob) -> dict[str, Any]:
    """The input of a sub-orchestration without what is usual, for the history is to stay small."""
    return {**step.model_dump(mode="json", exclude_defaults=True), "version": step.version}
