"""The second half of the summary step: the journalled summary with its vector, as a document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.errors import ConflictError
from shared.domain.identifiers import answer_id, thread_summary_id
from shared.domain.messages import StepJob, StepResult
from shared.domain.summaries import build_thread_summary
from shared.domain.summary_editions import edition_of
from shared.domain.thread_state import SUMMARIZE
from shared.domain.turns import ThreadKey
from shared.ports import Embedder, Journal, SummaryStore
from shared.services.embedding import embed_one
from shared.services.read_answers import load_answer


@dataclass(frozen=True, slots=True)
class PersistSummary:
    """Writes a thread's summary; writing it again, however late, changes nothing."""

    journal: Journal
    summaries: SummaryStore
    embedder: Embedder

    async def run(self, job: StepJob) -> StepResult:
        """Write the summary, if the answer holds one; the number of turns it newly covers."""
        answer = await load_answer(
            self.journal, job.key, job.claim_key, answer_id(job.summarize_to, SUMMARIZE)
        )
        if answer["summary"] is not None:
            text = str(answer["summary"]["overview"])
            vector = await embed_one(self.embedder, text) if text.strip() else None
            document = build_thread_summary(job.key, answer, vector)
            await save_if_newer(self.summaries, job.key, document, answer, _progress)
        else:
            await self._remove_older_edition(job, edition_of(answer))
        return StepResult(count=int(answer["folded"]))

    async def _remove_older_edition(self, job: StepJob, edition: int) -> None:
        """Of a thread that was summarised and has no turns left nothing is to be read."""
        document_id = thread_summary_id(job.user_id, job.thread_id)
        stored = await self.summaries.load(job.key, document_id) if edition else None
        if stored is not None and edition_of(stored.get("metadata") or {}) < edition:
            await self.summaries.remove(job.key, document_id, stored["_etag"])


def _progress(metadata: Mapping[str, Any]) -> tuple[int, int]:
    return edition_of(metadata), int((metadata.get("chunks") or [0, 0])[1])


async def save_if_newer(
    summaries: SummaryStore,
    key: ThreadKey,
    document: Mapping[str, Any],
    answer: Mapping[str, Any],
    progress: Callable[[Mapping[str, Any]], tuple[int, ...]],
) -> None:
    """Write a document over the version that it was made from, never over one that is further on.

    `answer["replaces"]` is that version's ETag; `progress` reads from a document's metadata how far
    it is. A run that wakes up after its claim was committed finds a version as far or further, and
    leaves it alone. A version that somebody merely touched (a tag) is replaced.
    """
    if await summaries.save(document, replacing=answer["replaces"]):
        return
    stored = await summaries.load(key, str(document["id"])) or {}
    if progress(stored.get("metadata") or {}) >= progress(document["metadata"]):
        return
    if not await summaries.save(document, replacing=stored.get("_etag")):
        raise ConflictError("conflict: a summary is written by others at the same time; try again")
