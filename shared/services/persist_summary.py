"""The second half of the summary step: the journalled summary with its vector, as a document."""

from dataclasses import dataclass

from shared.domain.errors import ModelRefusedError
from shared.domain.identifiers import answer_id
from shared.domain.messages import StepJob, StepResult
from shared.domain.summaries import build_thread_summary
from shared.domain.thread_state import SUMMARIZE
from shared.ports import Embedder, Journal, SummaryStore
from shared.services.read_answers import load_answer


@dataclass(frozen=True, slots=True)
class PersistSummary:
    """Writes a thread's summary; writing it again changes nothing."""

    journal: Journal
    summaries: SummaryStore
    embedder: Embedder

    async def run(self, job: StepJob) -> StepResult:
        """Write the summary, if the answer holds one; the number of turns it newly covers."""
        answer = await load_answer(self.journal, job.key, answer_id(job.summarize_to, SUMMARIZE))
        if answer["summary"] is not None:
            text = str(answer["summary"]["overview"])
            vector = await embed_one(self.embedder, text) if text.strip() else None
            await self.summaries.save(build_thread_summary(job.key, answer, vector))
        return StepResult(count=int(answer["folded"]))


async def embed_one(embedder: Embedder, text: str) -> list[float] | None:
    """The vector of a text; None where the model refuses it, which must not lose the document."""
    try:
        [vector] = await embedder.embed([text])
    except ModelRefusedError:
        return None
    return vector
