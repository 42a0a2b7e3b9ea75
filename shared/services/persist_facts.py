"""The persist step of a chunk: write what the deduplication decided, in any number of tries."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.dedup import merge_chunk_facts
from shared.domain.facts import GroundedFact, build_fact_document
from shared.domain.identifiers import answer_id
from shared.domain.messages import PersistJob, StepResult
from shared.domain.thread_state import EXTRACT
from shared.domain.timestamps import from_epoch
from shared.ports import Clock, Embedder, FactStore, Journal
from shared.services.embedding import embed_each
from shared.services.read_answers import load_answer, read_facts


@dataclass(frozen=True, slots=True)
class PersistFacts:
    """Writes a chunk's facts; every write is a no-op the second time."""

    journal: Journal
    facts: FactStore
    embedder: Embedder
    clock: Clock

    async def run(self, job: PersistJob) -> StepResult:
        """Fold, revive, create, then supersede; the number of facts that are new or revived."""
        answer = await load_answer(
            self.journal, job.key, job.claim_key, answer_id(job.chunk, EXTRACT)
        )
        merged = merge_chunk_facts(read_facts(answer))
        prompt = (str(answer["prompt_id"]), str(answer["prompt_version"]))
        lost = await self._absorb(job, merged)
        creates = [*job.creates, *lost]
        await self._create(job, [merged[index] for index in creates], prompt)
        await self._supersede(job)
        folds = {index: target for index, target in job.folds.items() if index not in lost}
        revived = job.revives.keys() - lost
        return StepResult(count=len(creates) + len(revived), folds=folds)

    async def _create(
        self, job: PersistJob, new: Sequence[GroundedFact], prompt: tuple[str, str]
    ) -> None:
        if not new:
            return
        vectors = await embed_each(self.embedder, [fact.content for fact in new])
        documents = [
            build_fact_document(fact, job.key, vector, prompt)
            for fact, vector in zip(new, vectors, strict=True)
        ]
        for document in documents:
            ended = [loser for loser, winner in job.supersedes if winner == document["id"]]
            document["supersedes_ids"] = ended
        await self.facts.create(job.key, documents)

    async def _absorb(self, job: PersistJob, merged: Sequence[GroundedFact]) -> set[int]:
        """Unite facts with stored ones; those whose stored one was forgotten meanwhile."""
        targets = {**job.folds, **job.revives}
        known = await self.facts.load(job.user_id, list(dict.fromkeys(targets.values())))
        lost: set[int] = set()
        for index, target in targets.items():
            stored, revive = known.get(target), index in job.revives
            if stored is None or not await self.facts.absorb(
                stored, job.user_id, merged[index], revive=revive
            ):
                lost.add(index)
        return lost

    async def _supersede(self, job: PersistJob) -> None:
        """End what the chunk's facts contradict, unless a later chunk has spoken meanwhile.

        A winner that somebody else has ended, or a loser that was said again since, is left as it
        is: this run is late, and its decisions with it.
        """
        named = {fact_id for pair in job.supersedes for fact_id in pair}
        stored = await self.facts.load(job.user_id, sorted(named))
        winners = {winner for _, winner in job.supersedes}
        at = from_epoch(self.clock.now())
        for loser_id, winner_id in job.supersedes:
            loser, winner = stored.get(loser_id), stored.get(winner_id)
            if loser is None or winner is None or loser.said_at > winner.said_at:
                continue
            if (loser.source, winner.source) == ("user", "agent"):
                continue
            if winner.superseded_by is None or winner.superseded_by in winners:
                reason = "update" if loser_id in job.updates else "contradict"
                await self.facts.supersede(job.user_id, loser, winner_id, reason, at)
