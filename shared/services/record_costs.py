"""What runs cost, as the ledger records it: of a thread's summary, and of a user's steps."""

from collections.abc import Iterable, Mapping
from typing import Any

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
from shared.domain.messages import DONE, CommitJob
from shared.domain.thread_state import SUMMARIZE
from shared.domain.turns import ThreadKey
from shared.domain.user_state import PROCEDURES, PROFILE, RECONCILE, ProfileClaim
from shared.ports import Journal

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


async def load_answers(
    journal: Journal, user_id: str, claim: ProfileClaim
) -> dict[str, dict[str, Any]]:
    """The journalled answers that a user's claim has left, by step, also of a step that failed."""
    key = ThreadKey(user_id=user_id, thread_id=COUNTERS_THREAD)
    loaded = {
        step: await journal.load(key, claim.key, name)
        for step, name in _name_answers(claim).items()
    }
    return {step: answer for step, answer in loaded.items() if answer is not None}


def list_answers(claim: ProfileClaim, answers: Iterable[str]) -> list[str]:
    """The ids of the journalled answers of these steps."""
    names = _name_answers(claim)
    return [names[step] for step in answers]


def record_user_run(
    user_id: str, claim: ProfileClaim, answers: Mapping[str, Mapping[str, Any]], at: str
) -> RunRecord:
    """The record of a user's run, from what its steps were answered."""
    return RunRecord(
        user_id=user_id,
        thread_id=COUNTERS_THREAD,
        name=user_run_id(claim.run),
        steps={step: StepRecord.of_answer(each, _COUNTED[step]) for step, each in answers.items()},
        committed_at=at,
    )


def _name_answers(claim: ProfileClaim) -> dict[str, str]:
    names = {
        PROFILE: profile_answer_id(claim.run) if claim.profile else "",
        RECONCILE: reconcile_answer_id(claim.run) if claim.reconcile else "",
        PROCEDURES: procedures_answer_id(claim.run) if claim.procedures else "",
    }
    return {step: name for step, name in names.items() if name}
