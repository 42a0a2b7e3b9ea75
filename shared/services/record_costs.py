"""What runs cost, as the ledger records it: of a thread's summary, and of a user's steps."""

from shared.domain.identifiers import (
    COUNTERS_THREAD,
    answer_id,
    procedures_answer_id,
    profile_answer_id,
    reconcile_answer_id,
    summary_record_id,
    user_run_id,
)
from shared.domain.ledger import RunRecord, StepRecord
from shared.domain.messages import DONE, CommitJob, ProfileJob
from shared.domain.thread_state import SUMMARIZE
from shared.domain.turns import ThreadKey
from shared.domain.user_state import ProfileClaim
from shared.ports import Journal

PROFILE, RECONCILE, PROCEDURES = "profile", "reconcile", "procedures"
_COUNTED = {PROFILE: "changed", RECONCILE: "endings", PROCEDURES: "rules"}


async def record_summary(
    journal: Journal, job: CommitJob, summarized_to: int, at: str
) -> RunRecord | None:
    """The record of the summary that the run has written, if it was not committed before."""
    written = job.summarized is not None and job.summarized.status == DONE
    if not written or job.summarize_to <= summarized_to:
        return None
    answer = await journal.load(job.key, job.claim_key, answer_id(job.summarize_to, SUMMARIZE))
    step = StepRecord.of_answer(answer or {}, "folded")
    return RunRecord(
        user_id=job.user_id,
        thread_id=job.thread_id,
        name=summary_record_id(job.summary_edition, job.summarize_to),
        steps={SUMMARIZE: step},
        committed_at=at,
    )


def list_answers(claim: ProfileClaim, job: ProfileJob) -> dict[str, str]:
    """The ids of the journalled answers of a user's run that has succeeded, by step."""
    answers = {
        PROFILE: profile_answer_id(claim.run) if claim.profile else "",
        RECONCILE: reconcile_answer_id(claim.run) if claim.reconcile else "",
        PROCEDURES: procedures_answer_id(claim.run) if job.procedures else "",
    }
    return {step: name for step, name in answers.items() if name}


async def record_user_run(
    journal: Journal, job: ProfileJob, claim: ProfileClaim, at: str
) -> RunRecord:
    """The record of a user's run, of whose answers this process remembers most."""
    key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
    steps: dict[str, StepRecord] = {}
    for step, name in list_answers(claim, job).items():
        answer = await journal.load(key, claim.key, name) or {}
        steps[step] = StepRecord.of_answer(answer, _COUNTED[step])
    return RunRecord(
        user_id=job.user_id,
        thread_id=COUNTERS_THREAD,
        name=user_run_id(claim.run),
        steps=steps,
        committed_at=at,
    )
