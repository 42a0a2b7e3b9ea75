"""The extraction step of a claimed chunk: its turns in, a journalled answer out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.arrival_order import number_by_arrival
from shared.domain.errors import ModelRefusedError, TurnsNotFoundError
from shared.domain.facts import KnownFact
from shared.domain.identifiers import answer_id
from shared.domain.messages import StepJob, StepResult
from shared.domain.small_talk import leave_out_trivial
from shared.domain.thread_state import EXTRACT
from shared.domain.turns import Turn
from shared.ports import Embedder, Journal, ThreadLog, TurnReader
from shared.prompts.extract_memories import EXTRACT_MEMORIES
from shared.services.ask_extraction import AskExtraction, Extraction
from shared.services.known_facts import KnownFacts
from shared.services.read_answers import find_earlier
from shared.services.transcript import may_be_shown

_MAX_QUERY_CHARACTERS = 6_000
_LOOKS = 3  # before a turn counts as gone: the replica that is read may lag behind the change feed


@dataclass(frozen=True, slots=True)
class ExtractFacts:
    """Asks the model about a chunk once, and stores its grounded answer before any effect."""

    threads: ThreadLog
    turns: TurnReader
    journal: Journal
    known: KnownFacts
    embedder: Embedder
    ask: AskExtraction
    model_name: str

    async def run(self, job: StepJob) -> StepResult:
        """Journal the answer for the chunk; the number of its facts.

        The answer that is stored first stays: an earlier run's, if there was one.
        """
        name = answer_id(job.chunk, EXTRACT)
        stored = await find_earlier(self.journal, job, job.key, name)
        if stored is not None:
            return StepResult(count=len(stored["facts"]))
        turn_ids = await self.threads.chunk_turns(job.key, job.chunk)
        turns = await self.turns.read(job.key, turn_ids)
        if len(turns) < len(turn_ids) and job.attempt < min(_LOOKS, job.retry.attempts) - 1:
            raise TurnsNotFoundError(len(turn_ids) - len(turns))
        fresh = [turn for turn in turns if not turn.extracted_elsewhere]
        material = leave_out_trivial([turn for turn in fresh if may_be_shown(turn)])
        extraction = Extraction()
        if any(turn.role in ("user", "agent") for turn in material):
            known = await self._find_known(job, material)
            extraction = await self.ask.run(material, known, settles=job.settles(EXTRACT))
        answer = self._describe(extraction, _judge(turn_ids, turns, material, extraction))
        # So that the commit finds where an episode ends without reading the turns again.
        answer["moments"] = {turn.id: turn.created_at for turn in turns}
        answer = await self.journal.create(job.key, job.claim_key, name, answer)
        return StepResult(count=len(answer["facts"]))

    async def _find_known(self, job: StepJob, turns: Sequence[Turn]) -> list[KnownFact]:
        if not self.known.limit:
            return []
        share = _MAX_QUERY_CHARACTERS // len(turns)
        text = "\n".join(turn.content[:share] for turn in turns)
        try:
            [vector] = await self.embedder.embed([text])
        except ModelRefusedError:  # the turns are extracted all the same, without what is known
            return []
        return await self.known.find(job.user_id, vector, job.generation)

    def _describe(self, extraction: Extraction, outcomes: dict[str, str]) -> dict[str, Any]:
        facts = number_by_arrival(extraction.facts, list(outcomes))
        return {
            "facts": [fact.model_dump(mode="json") for fact in facts],
            "outcomes": outcomes,
            "reasons": extraction.refused,
            "dropped": extraction.objections.total(),
            "objections": dict(extraction.objections),
            "prompt_id": EXTRACT_MEMORIES.name,
            "prompt_version": EXTRACT_MEMORIES.version,
            "model": self.model_name,
            "prompt_tokens": extraction.prompt_tokens,
            "completion_tokens": extraction.completion_tokens,
        }


def _judge(
    turn_ids: Sequence[str],
    turns: Sequence[Turn],
    material: Sequence[Turn],
    extraction: Extraction,
) -> dict[str, str]:
    """The outcome of each turn of the chunk."""
    outcomes = dict.fromkeys(turn_ids, "gone")
    outcomes |= {turn.id: "trivial" for turn in turns}
    outcomes |= {turn.id: "redacted" for turn in turns if turn.withheld}
    outcomes |= {turn.id: "elsewhere" for turn in turns if turn.extracted_elsewhere}
    outcomes |= {turn.id: "extracted" for turn in material}
    outcomes |= dict.fromkeys(extraction.refused, "dead_lettered")
    return outcomes
