"""The deduplication step of a chunk: its journalled facts against the stored ones they bear on."""

from dataclasses import dataclass

from shared.domain.dedup import (
    FactDecisions,
    decide_facts,
    merge_chunk_facts,
    named_facts,
    named_winners,
)
from shared.domain.identifiers import answer_id
from shared.domain.messages import StepJob
from shared.domain.thread_state import EXTRACT
from shared.ports import FactStore, Journal
from shared.services.read_answers import load_answer, read_facts

_MOST_ENDINGS = 5
"""How far is looked back: what ended a fact, what ended that, and so on, a query each."""


@dataclass(frozen=True, slots=True)
class DeduplicateFacts:
    """Decides which facts of a chunk are new, which fold into stored ones, and what they end."""

    journal: Journal
    facts: FactStore

    async def run(self, job: StepJob) -> FactDecisions:
        """The decisions, by index into the merged facts and by id; nothing is written."""
        answer = await load_answer(
            self.journal, job.key, job.claim_key, answer_id(job.chunk, EXTRACT)
        )
        merged = merge_chunk_facts(read_facts(answer))
        stored = await self.facts.load(job.user_id, named_facts(job.key, merged))
        for _ in range(_MOST_ENDINGS):
            ended_by = await self.facts.load(job.user_id, named_winners(stored))
            if not ended_by:
                break
            stored |= ended_by
        return decide_facts(job.key, merged, stored)
