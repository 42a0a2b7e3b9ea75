"""The second half of the profile step: the journalled profile with its vector, as a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.identifiers import (
    COUNTERS_THREAD,
    USER_SUMMARY_THREAD,
    profile_answer_id,
    user_summary_id,
)
from shared.domain.messages import ProfileJob, StepResult
from shared.domain.summaries import build_user_summary, describe_profile
from shared.domain.turns import ThreadKey
from shared.ports import Embedder, Journal, SummaryStore
from shared.services.embedding import embed_one
from shared.services.persist_summary import save_if_newer
from shared.services.read_answers import load_answer


@dataclass(frozen=True, slots=True)
class PersistProfile:
    """Writes a user's profile; writing it again, however late, changes nothing."""

    journal: Journal
    summaries: SummaryStore
    embedder: Embedder

    async def run(self, job: ProfileJob) -> StepResult:
        """Write the profile, if the answer holds one; how many memories had changed."""
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        answer = await load_answer(self.journal, key, job.claim_key, profile_answer_id(job.run))
        if answer["profile"] is not None:
            text = describe_profile(answer["profile"])
            vector = await embed_one(self.embedder, text) if text.strip() else None
            document = build_user_summary(job.user_id, answer, vector)
            where = ThreadKey(user_id=job.user_id, thread_id=USER_SUMMARY_THREAD)
            await save_if_newer(self.summaries, where, document, answer, _progress)
        elif answer.get("rebuilt"):
            await self._remove_older(job)
        return StepResult(count=int(answer["changed"]))

    async def _remove_older(self, job: ProfileJob) -> None:
        """Of a user of whom nothing is left to be told no profile is to be read."""
        where = ThreadKey(user_id=job.user_id, thread_id=USER_SUMMARY_THREAD)
        document_id = user_summary_id(job.user_id)
        stored = await self.summaries.load(where, document_id)
        if stored is not None and _progress(stored.get("metadata") or {}) < (job.run,):
            await self.summaries.remove(where, document_id, stored["_etag"])


def _progress(metadata: Mapping[str, Any]) -> tuple[int, ...]:
    return (int(metadata.get("run") or 0),)
