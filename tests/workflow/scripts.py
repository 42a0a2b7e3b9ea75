"""Activities that answer what a test has written down."""

from typing import Any

from shared.domain.messages import (
    CommitResult,
    ProfilePlan,
    RetireResult,
    SegmentSpan,
    StepResult,
    ThreadPlan,
)
from tests.workflow.hub import Activity, Hub, Reply

THREAD_JOB = {
    "user_id": "u1",
    "thread_id": "t1",
    "retry": {"first_seconds": 2.0, "attempts": 4},
}
USER_JOB = {"user_id": "u1", "retry": {"first_seconds": 2.0, "attempts": 4}}

NOTHING_DUE = ThreadPlan().model_dump(mode="json")
PLAN = ThreadPlan(
    due=True,
    claim_key="chunk:1",
    chunk=1,
    extract=True,
    summarize_from=1,
    summarize_to=1,
    segments=[SegmentSpan(first=(1, 0), last=(1, 4))],
).model_dump(mode="json", exclude_defaults=True)
EXTRACT_ONLY = {**PLAN, "summarize_from": 0, "summarize_to": 0, "segments": []}
SUMMARIZE_ONLY = {**PLAN, "extract": False, "claim_key": "summary:1", "segments": []}
EPISODES_ONLY = {**EXTRACT_ONLY, "extract": False, "claim_key": "segment:1.0"}
EPISODES_ONLY["segments"] = PLAN["segments"]
COMMITTED = CommitResult(due=False, profile_due=False).model_dump(mode="json")
MORE_DUE = {**COMMITTED, "due": True}
PROFILE_DUE = {**COMMITTED, "profile_due": True}
RETIRE_ONLY = ThreadPlan(due=True, retire=True).model_dump(mode="json")
RETIRED = RetireResult(retired=2, profile_due=True).model_dump(mode="json")
DECISIONS: dict[str, Any] = {
    "creates": [0],
    "folds": {"1": "fact_a"},
    "revives": {"2": "fact_b"},
    "supersedes": [["fact_c", "fact_d"]],
}
PROFILE_PLAN = ProfilePlan(due=True, claim_key="profile:1", run=1).model_dump(mode="json")
RECONCILING_PLAN = {**PROFILE_PLAN, "reconcile": True}
EVERYTHING_PLAN = {**RECONCILING_PLAN, "procedures": True}
NO_PROFILE = ProfilePlan().model_dump(mode="json")
DONE = StepResult(count=3).model_dump(mode="json")

_USUAL: dict[str, Reply] = {
    "plan_thread": PLAN,
    "extract_facts": DONE,
    "deduplicate_facts": DECISIONS,
    "persist_facts": StepResult(count=2, folds={1: "fact_a"}).model_dump(mode="json"),
    "write_summary": DONE,
    "persist_summary": StepResult(count=5).model_dump(mode="json"),
    "write_episodes": DONE,
    "persist_episodes": StepResult(count=1).model_dump(mode="json"),
    "commit_thread": COMMITTED,
    "retire_memories": RETIRED,
    "start_user": {"started": True},
    "read_backfill_page": {"done": True},
    "plan_profile": PROFILE_PLAN,
    "reconcile_facts": DONE,
    "write_profile": DONE,
    "write_procedures": DONE,
    "persist_procedures": DONE,
    "persist_profile": DONE,
    "commit_profile": COMMITTED,
}


class OutageError(Exception):
    """What an activity raises while a service is down."""


def hub(**scripts: list[Reply] | Reply) -> Hub:
    """A hub whose activities answer as usual, save those with a reply or a script of their own.

    A script is answered in order; its last reply then stays.
    """
    return Hub({name: _play(scripts.get(name, usual)) for name, usual in _USUAL.items()})


def _play(script: list[Reply] | Reply) -> Activity:
    left = list(script) if isinstance(script, list) else [script]

    async def answer(_: dict[str, Any]) -> Reply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer
