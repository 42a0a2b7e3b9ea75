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
from shared.services.ask_in_parts import ask_in_parts
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
    """One extraction prompt, in parts where the model refuses it."""

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
        await ask_in_parts(turns, asking.ask, asking.take_refused)
        asking.extraction.prompt_tokens = question.prompt_tokens
        asking.extraction.completion_tokens = question.completion_tokens
        return asking.extraction


@dataclass(slots=True)
class _Asking:
    """One chunk's question; `known` is what can be shown with the turns."""

    question: Question[ExtractionAnswer]
    metadata_keys: Sequence[str]
    known: Sequence[KnownFact]
    extraction: Extraction = field(default_factory=Extraction)

    async def ask(self, turns: Sequence[Turn]) -> None:
        """Add the facts of the turns; what they refer to by number is among them."""
        payload = {
            "turns": show_turns(turns, self.metadata_keys),
            "known": [
                {"id": f"k{n}", "text": fact.content} for n, fact in enumerate(self.known, 1)
            ],
        }
        reply = await self.question.ask(payload)
        unreadable = reply.left_out.get("facts", ())
        facts = reply.answer.facts
        admission = admit_facts(facts, turns, self.known, self.metadata_keys, unreadable)
        offset = len(self.extraction.facts)
        self.extraction.facts += [_shift_references(fact, offset) for fact in admission.facts]
        self.extraction.objections += admission.objections

    async def take_refused(self, turn: Turn, reason: str) -> None:
        """Ask about the turn without what is known; a refusal then is its own."""
        known, self.known = self.known, ()
        if known:
            with suppress(ModelRefusedError):
                await self.ask([turn])
                _log.warning("turns are extracted without what is known: that is refused")
                return
        self.known = known
        self.extraction.refused[turn.id] = reason


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
