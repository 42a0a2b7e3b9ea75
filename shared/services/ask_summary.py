"""Asking the model to fold turns into a thread's summary, halved where it refuses them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from shared.domain.claims import MAX_SUMMARY_TURNS
from shared.domain.errors import ModelRefusedError, TransientErrors
from shared.domain.turns import Frozen, Turn
from shared.ports import ChatModel
from shared.prompts.summarize_thread import SUMMARIZE_THREAD
from shared.services.ask_in_parts import ask_in_parts
from shared.services.question import Question
from shared.services.transcript import show_turns

type Summary = dict[str, Any] | None


class ActionItem(Frozen):
    """Something that somebody is to do."""

    owner: str | None
    task: str
    deadline: str | None


class StructuredSummary(Frozen):
    """The model's answer to the summary prompt."""

    overview: str
    key_points: list[str]
    decisions: list[str]
    open_issues: list[str]
    topics: list[str]
    action_items: list[ActionItem]


@dataclass(slots=True)
class Folding:
    """A summary with `folded` turns in it, the turns that the model refused, and what it took.

    With `begun_anew` nothing of the summary before is in it, as the model refused that.
    """

    summary: Summary
    folded: int = 0
    begun_anew: bool = False
    refused: dict[str, str] = field(default_factory=dict[str, str])
    tokens: int = 0


class AskSummary:
    """Folds turns into a summary, in as many calls as their number asks for."""

    def __init__(self, model: ChatModel, metadata_keys: Sequence[str]) -> None:
        self._model = model
        self._metadata_keys = metadata_keys

    async def run(
        self, previous: Summary, turns: Sequence[Turn], *, settles: TransientErrors
    ) -> Folding:
        """The summary after all turns, without those that the model refuses by themselves.

        The summary before may be what it refuses: where it refuses a harmless turn on top of that
        too, a turn is shown without, and the answer is what the others are folded into. For
        `settles` see Question. Raises TransientError.
        """
        question = Question(self._model, SUMMARIZE_THREAD, StructuredSummary, settles)
        folding = Folding(previous)
        for part in batched(turns, MAX_SUMMARY_TURNS, strict=False):
            await ask_in_parts(
                part,
                lambda shown: self._ask(question, folding, shown, on_top=True),
                lambda turn, reason: self._take_refused(question, folding, turn, reason),
            )
        folding.tokens = question.tokens
        return folding

    async def _take_refused(
        self, question: Question[StructuredSummary], folding: Folding, turn: Turn, reason: str
    ) -> None:
        """Fold the turn into nothing if the summary so far is refused, and else leave it out."""
        if folding.summary is not None and await question.refuses_past(folding.summary):
            with suppress(ModelRefusedError):
                await self._ask(question, folding, [turn], on_top=False)
                return
        folding.refused[turn.id] = reason

    async def _ask(
        self,
        question: Question[StructuredSummary],
        folding: Folding,
        turns: Sequence[Turn],
        *,
        on_top: bool,
    ) -> None:
        payload = {
            "previous": folding.summary if on_top else None,
            "turns": show_turns(turns, self._metadata_keys),
        }
        reply = await question.ask(payload)
        folding.summary = reply.answer.model_dump(mode="json")
        folding.folded = len(turns) + (folding.folded if on_top else 0)
        folding.begun_anew = folding.begun_anew or not on_top
