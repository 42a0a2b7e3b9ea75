"""The reconciliation of a user's facts: what an extraction could not see, one call finds."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.identifiers import COUNTERS_THREAD, reconcile_answer_id
from shared.domain.messages import ProfileJob, StepResult
from shared.domain.reconciling import Ending, ReconcileAnswer, decide_endings, keep_standing
from shared.domain.superseding import DUPLICATE
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ThreadKey
from shared.domain.user_state import PROFILE
from shared.ports import ChatModel, Clock, FactStore, Journal
from shared.prompts.reconcile_memories import RECONCILE_MEMORIES
from shared.services.ask_reconciliation import AskReconciliation
from shared.services.fold_duplicates import FoldDuplicates
from shared.services.question import Question
from shared.services.read_answers import find_earlier

_log = logging.getLogger("agent_memory.reconciliation")


@dataclass(frozen=True, slots=True)
class ReconcileFacts:
    """Compares the newest facts of a user with one another and ends those that hold no more.

    Threads are extracted side by side and an extraction is shown only the nearest known facts, so
    that two facts can contradict each other without having met. An agent's facts take no part.
    """

    facts: FactStore
    fold_duplicates: FoldDuplicates
    journal: Journal
    model: ChatModel
    clock: Clock
    pool_size: int

    async def run(self, job: ProfileJob) -> StepResult:
        """Journal the endings, then write them; how many facts end. Repeating it adds nothing."""
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        name = reconcile_answer_id(job.run)
        stored = await find_earlier(self.journal, job, key, name)
        if stored is None:
            question = Question(
                self.model, RECONCILE_MEMORIES, ReconcileAnswer, settles=job.settles(PROFILE)
            )
            endings = await self._compare(question, job.user_id, folds=not job.profile)
            dumped = [ending.model_dump(mode="json") for ending in endings]
            answer = {
                "endings": dumped,
                "tokens": question.tokens,
                "prompt_id": RECONCILE_MEMORIES.name,
                "prompt_version": RECONCILE_MEMORIES.version,
            }
            stored = await self.journal.create(key, job.claim_key, name, answer)
        endings = [Ending.model_validate(ending) for ending in stored["endings"]]
        return StepResult(count=await self._write(job.user_id, endings))

    async def _write(self, user_id: str, endings: Sequence[Ending]) -> int:
        """End what still is to end; a chunk may have ended a winner since this was journalled."""
        winner_ids = sorted({ending.winner_id for ending in endings})
        winners = await self.facts.load(user_id, winner_ids)
        standing = keep_standing(endings, winners)
        at = from_epoch(self.clock.now())
        for ending in standing:
            winner, said_at = winners[ending.winner_id], ending.loser.said_at
            if ending.reason == DUPLICATE and said_at > winner.said_at:
                # What says the same was said later: that date must not end with it.
                if not await self.facts.note_said(user_id, winner, said_at):
                    continue
                winners[winner.id] = winner.model_copy(update={"last_said_at": said_at})
            await self.facts.supersede(user_id, ending.loser, winner.id, ending.reason, at)
        return len(standing)

    async def _compare(
        self, question: Question[ReconcileAnswer], user_id: str, *, folds: bool
    ) -> list[Ending]:
        """What ends; `folds` where no profile is written, which would fold equal contents."""
        pool = await self.facts.newest(user_id, self.pool_size)
        if folds and pool:
            hashes = sorted({fact.content_hash for fact in pool})
            folded = await self.fold_duplicates.fold(user_id, hashes)
            kept = {fact.id: fact for fact in folded.values()}
            # What was folded stands for itself in the fact that stays, however old that is.
            standing = (folded.get(fact.id) or kept.get(fact.id, fact) for fact in pool)
            pool = list({fact.id: fact for fact in standing}.values())
        if len(pool) < 2:
            return []
        facts = {f"m{n}": fact for n, fact in enumerate(pool, 1)}
        ask = AskReconciliation(question)
        pairs = await ask.run(
            [
                {"id": label, "text": fact.content, "at": fact.said_at}
                for label, fact in facts.items()
            ]
        )
        if ask.refused:
            _log.warning("%d facts are left out of a comparison: refused", ask.refused)
        return decide_endings(pairs, facts)
