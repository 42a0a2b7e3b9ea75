"""Asking the model for the facts of some turns, and keeping what may be a memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from shared.domain.admission.admit import admit_facts
from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.domain.facts import ExtractionAnswer, GroundedFact, KnownFact
from shared.domain.turns import Turn
from shared.ports import ChatModel
from shared.prompts.extract_memories import EXTRACT_MEMORIES
from shared.services.transcript import show_turns


@dataclass(slots=True)
class Extraction:
    """Facts that may be stored; how many were dropped, by reason; refused turns with the reason."""

    facts: list[GroundedFact] = field(default_factory=list)
    objections: Counter[str] = field(default_factory=Counter[str])
    refused: dict[str, str] = field(default_factory=dict)
    prompt_tokens: int = 0
    completion_tokens: int = 0


class AskExtraction:
    """One extraction prompt, halved where the model refuses it until the culprits stand alone."""

    def __init__(self, model: ChatModel, metadata_keys: Sequence[str]) -> None:
        self._model = model
        self._metadata_keys = metadata_keys

    async def run(self, turns: Sequence[Turn], known: Sequence[KnownFact]) -> Extraction:
        """The facts of the turns. Raises TransientError; a refusal is part of the result."""
        payload = {
            "turns": show_turns(turns, self._metadata_keys),
            "known": [{"id": f"k{n}", "text": fact.content} for n, fact in enumerate(known, 1)],
        }
        try:
            answer = await self._model.complete(EXTRACT_MEMORIES, payload)
        except ModelRefusedError as error:
            return await self._halve(turns, known, error.reason)
        try:
            answered = ExtractionAnswer.model_validate(answer.data).facts
        except ValidationError:
            raise InvalidAnswerError(EXTRACT_MEMORIES.name, "it breaks the schema") from None
        unreadable = answer.left_out.get("facts", ())
        admission = admit_facts(answered, turns, known, self._metadata_keys, unreadable)
        return Extraction(
            facts=admission.facts,
            objections=admission.objections,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
        )

    async def _halve(
        self, turns: Sequence[Turn], known: Sequence[KnownFact], reason: str
    ) -> Extraction:
        if len(turns) == 1:
            return Extraction(refused={turns[0].id: reason})
        middle = len(turns) // 2
        first = await self.run(turns[:middle], known)
        second = await self.run(turns[middle:], known)
        shifted = [_shift_references(fact, len(first.facts)) for fact in second.facts]
        return Extraction(
            facts=[*first.facts, *shifted],
            objections=first.objections + second.objections,
            refused={**first.refused, **second.refused},
            prompt_tokens=first.prompt_tokens + second.prompt_tokens,
            completion_tokens=first.completion_tokens + second.completion_tokens,
        )


def _shift_references(fact: GroundedFact, offset: int) -> GroundedFact:
    def shift(reference: str) -> str:
        return f"#{int(reference[1:]) + offset}" if reference.startswith("#") else reference

    duplicate = shift(fact.duplicate_of) if fact.duplicate_of else None
    return fact.model_copy(
        update={
            "supersedes": [shift(reference) for reference in fact.supersedes],
            "updates": [shift(reference) for reference in fact.updates],
            "duplicate_of": duplicate,
        }
    )
