"""Reading journalled answers back: of a chunk's extraction, of a summary, of a profile."""

from typing import Any

from shared.domain.errors import ConflictError
from shared.domain.facts import GroundedFact
from shared.domain.messages import ProfileJob, StepJob
from shared.domain.turns import ThreadKey
from shared.ports import Journal


async def load_answer(
    journal: Journal, key: ThreadKey, claim_key: str, answer_id: str
) -> dict[str, Any]:
    """The journalled answer; ConflictError where the claim it belonged to was committed."""
    stored = await journal.load(key, claim_key, answer_id)
    if stored is None:
        raise ConflictError("conflict: the answer is gone, its claim was committed by another run")
    return stored


async def find_earlier(
    journal: Journal, job: StepJob | ProfileJob, key: ThreadKey, answer_id: str
) -> dict[str, Any] | None:
    """The answer that an earlier try for the same claim has journalled, or None.

    The first try for a new claim does not look: there can be none.
    """
    if not job.adopted and job.attempt == 0:
        return None
    return await journal.load(key, job.claim_key, answer_id)


def read_facts(answer: dict[str, Any]) -> list[GroundedFact]:
    """The grounded facts of an extraction's answer."""
    return [GroundedFact.model_validate(fact) for fact in answer["facts"]]
