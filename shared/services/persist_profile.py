"""The second half of the profile step: the journalled profile with its vector, as a document."""

from dataclasses import dataclass

from shared.domain.identifiers import COUNTERS_THREAD, profile_answer_id
from shared.domain.messages import ProfileJob, StepResult
from shared.domain.summaries import build_user_summary, describe_profile
from shared.domain.turns import ThreadKey
from shared.ports import Embedder, Journal, SummaryStore
from shared.services.persist_summary import embed_one
from shared.services.read_answers import load_answer


@dataclass(frozen=True, slots=True)
class PersistProfile:
    """Writes a user's profile; writing it again changes nothing."""

    journal: Journal
    summaries: SummaryStore
    embedder: Embedder

    async def run(self, job: ProfileJob) -> StepResult:
        """Write the profile, if the answer holds one; how many memories had changed."""
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        answer = await load_answer(self.journal, key, profile_answer_id(job.run))
        if answer["profile"] is not None:
            text = describe_profile(answer["profile"])
            vector = await embed_one(self.embedder, text) if text.strip() else None
            await self.summaries.save(build_user_summary(job.user_id, answer, vector))
        return StepResult(count=int(answer["changed"]))
