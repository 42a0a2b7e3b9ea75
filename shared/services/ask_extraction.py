"""Asking the model for the facts of some turns, and keeping what may be a memory."""

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from shared.domain.admission.admit import admit_facts
from shared.domain.errors import ModelRefusedError, TransientErrors
from shared.domain.facts import ExtractionAnswer, GroundedFact, KnownFact
from shared.domain.turns import Turn
from shared.ports import ChatModel
from shared.prompts.extract_memories import EXTRACT_MEMORIES
from shared.services.question import Question
from shared.services.transcript import show_turns

_log = logging.getLogger("agent_memory.extraction")


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

    async def run(
        self, turns: Sequence[Turn], known: Sequence[KnownFact], *, settles: TransientErrors = ()
    ) -> Extraction:
        """The facts of the turns; for `settles` see Question.

        What is known may be what the model refuses: a turn that it refuses with that is shown once
        without, and if that is answered, so are all that follow. Raises TransientError; a refusal
        is part of the result.
        """
        question = Question(self._model, EXTRACT_MEMORIES, ExtractionAnswer, settles)
        asking = _Asking(question, self._metadata_keys, known)
        extraction = await asking.run(turns)
        extraction.prompt_tokens = question.prompt_tokens
        extraction.completion_tokens = question.completion_tokens
        return extraction


@dataclass(slots=True)
class _Asking:
    """One chunk's question; `known` is what can be shown with the turns."""

    question: Question[ExtractionAnswer]
    metadata_keys: Sequence[str]
    known: Sequence[KnownFact]

    async def run(self, turns: Sequence[Turn]) -> Extraction:
        try:
            return await self._ask(turns, self.known)
        except ModelRefusedError as error:
            reason = error.reason
        if len(turns) > 1:
            return await self._halve(turns)
        if self.known:
            with suppress(ModelRefusedError):
                extraction = await self._ask(turns, ())
                self.known = ()
                _log.warning("turns are extracted without what is known: that is refused")
                return extraction
        return Extraction(refused={turns[0].id: reason})

    async def _ask(self, turns: Sequence[Turn], known: Sequence[KnownFact]) -> Extraction:
        payload = {
            "turns": show_turns(turns, self.metadata_keys),
            "known": [{"id": f"k{n}", "text": fact.content} for n, fact in enumerate(known, 1)],
        }
        reply = await self.question.ask(payload)
        unreadable = reply.left_out.get("facts", ())
        admission = admit_facts(reply.answer.facts, turns, known, self.metadata_keys, unreadable)
        return Extraction(facts=admission.facts, objections=admission.objections)

    async def _halve(self, turns: Sequence[Turn]) -> Extraction:
        middle = len(turns) // 2
        first = await self.run(turns[:middle])
        second = await self.run(turns[middle:])
        shifted = [_shift_references(fact, len(first.facts)) for fact in second.facts]
        return Extraction(
            facts=[*first.facts, *shifted],
            objections=first.objections + second.objections,
            refused={**first.refused, **second.refused},
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
