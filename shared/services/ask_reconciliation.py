"""Asking the model which of some facts hold no more, without those that it refuses to be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import ModelRefusedError
from shared.domain.reconciling import AnsweredPair, ReconcileAnswer
from shared.services.question import Question

type ShownFact = dict[str, Any]

MOST_CALLS = 30


@dataclass(slots=True)
class AskReconciliation:
    """One comparison of facts, halved where the model refuses it until the culprits stand alone.

    Halves do not see each other: what can be read is then compared once more as a whole. Of n facts
    one that is refused costs two calls for each halving, which is 2 log2(n) of them, and that one.
    No more than MOST_CALLS look for culprits: a comparison can wait. `refused` counts the facts
    that take no part.
    """

    question: Question[ReconcileAnswer]
    refused: int = 0
    _pairs: list[AnsweredPair] = field(default_factory=list[AnsweredPair])
    _asked: int = 0

    async def run(self, facts: Sequence[ShownFact]) -> list[AnsweredPair]:
        """The pairs that the model names; `facts` are as the prompt shows them.

        Raises TransientError; a refusal is counted.
        """
        readable = await self._compare(facts)
        if 1 < len(readable) < len(facts):
            in_parts = self._pairs
            self._pairs = []
            if not await self._ask(readable):
                return in_parts
        return self._pairs

    async def _compare(self, facts: Sequence[ShownFact]) -> list[ShownFact]:
        """Compare, in parts where that is refused; the facts that the model can be shown."""
        if self._asked == MOST_CALLS:
            self.refused += len(facts)
            return []
        if await self._ask(facts):
            return list(facts)
        if len(facts) == 1:
            self.refused += 1
            return []
        middle = len(facts) // 2
        return [*await self._compare(facts[:middle]), *await self._compare(facts[middle:])]

    async def _ask(self, facts: Sequence[ShownFact]) -> bool:
        self._asked += 1
        try:
            reply = await self.question.ask({"facts": list(facts)})
        except ModelRefusedError:
            return False
        self._pairs += reply.answer.pairs
        return True
