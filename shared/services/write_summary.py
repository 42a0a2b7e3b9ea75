"""The summary step: fold the turns of some chunks into the summary so far, into the journal."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.identifiers import answer_id, thread_summary_id
from shared.domain.messages import StepJob, StepResult
from shared.domain.summary_editions import edition_of
from shared.domain.thread_state import SUMMARIZE
from shared.domain.timestamps import from_epoch
from shared.domain.turns import Turn
from shared.ports import Clock, Journal, SummaryStore, ThreadLog, TurnReader
from shared.prompts.summarize_thread import SUMMARIZE_THREAD
from shared.services.ask_summary import AskSummary
from shared.services.read_answers import find_earlier
from shared.services.transcript import may_be_shown

_log = logging.getLogger("agent_memory.summaries")


@dataclass(frozen=True, slots=True)
class WriteSummary:
    """Asks the model once for the new summary, and stores its answer before any effect."""

    threads: ThreadLog
    turns: TurnReader
    journal: Journal
    summaries: SummaryStore
    ask: AskSummary
    clock: Clock

    async def run(self, job: StepJob) -> StepResult:
        """Journal the summary up to chunk `summarize_to`; the number of turns it newly covers.

        Covered are all turns of the chunks, those included that no longer exist. Where there is
        nothing to fold, or the model refuses every turn, the answer holds no summary.
        """
        name = answer_id(job.summarize_to, SUMMARIZE)
        stored = await find_earlier(self.journal, job, job.key, name)
        if stored is not None:
            return StepResult(count=int(stored["folded"]))
        turn_ids: list[str] = []
        for chunk in range(job.summarize_from, job.summarize_to + 1):
            turn_ids += await self.threads.chunk_turns(job.key, chunk)
        # Turns that were opened again stand in two chunks.
        there = await self.turns.read(job.key, list(dict.fromkeys(turn_ids)))
        turns = [turn for turn in there if may_be_shown(turn)]
        answer = await self._fold(job, turns, len(turn_ids))
        stored = await self.journal.create(job.key, job.claim_key, name, answer)
        return StepResult(count=int(stored["folded"]))

    async def _fold(self, job: StepJob, turns: Sequence[Turn], folded: int) -> dict[str, Any]:
        document_id = thread_summary_id(job.user_id, job.thread_id)
        prior = await self.summaries.load(job.key, document_id) or {}
        metadata: dict[str, Any] = prior.get("metadata") or {}
        anew = job.rebuild or edition_of(metadata) != job.summary_edition
        before = None if anew else metadata.get("structured_summary")
        folding = await self.ask.run(before, turns, settles=job.settles(SUMMARIZE))
        if folding.refused:
            _log.warning("%d turns are left out of a summary: refused", len(folding.refused))
        if folding.begun_anew:
            _log.warning("a summary begins with the newest turns: the one before is refused")
        anew = anew or folding.begun_anew
        known = {} if anew else metadata
        first_chunk = (known.get("chunks") or [job.summarize_from])[0]
        moments = [turn.created_at for turn in turns]
        updated = max([*moments, str(prior.get("updated_at") or "")], default="")
        updated = updated or from_epoch(self.clock.now())
        return {
            "summary": folding.summary,
            "folded": folded,
            "source_count": int(known.get("source_count") or 0) + folding.folded,
            "left_out": int(known.get("left_out") or 0) + len(folding.refused),
            "incremental": before is not None and not folding.begun_anew,
            "replaces": prior.get("_etag"),
            "edition": job.summary_edition,
            "chunks": [first_chunk, job.summarize_to],
            "created_at": prior.get("created_at") or updated,
            "updated_at": updated,
            "prompt_id": SUMMARIZE_THREAD.name,
            "prompt_version": SUMMARIZE_THREAD.version,
            "tokens": folding.tokens,
            "refused": len(folding.refused),
        }
