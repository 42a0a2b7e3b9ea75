"""Asking the model which of some facts hold no more, without those that it refuses to be shown."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.domain.errors import ModelRefusedError
from shared.domain.reconciling import AnsweredPair, ReconcileAnswer
from shared.services.ask_in_parts import ask_in_parts
from shared.services.question import Question

type ShownFact = dict[str, Any]

MOST_CALLS = 30


@dataclass(slots=True)
class AskReconciliation:
    """One comparison of facts, in parts where the model refuses it.

    Halves do not see each other: what can be read is then compared once more as a whole. No more
    than MOST_CALLS look for culprits: a comparison can wait. `refused` counts the facts that take
    no part.
    """

    question: Question[ReconcileAnswer]
    refused: int = 0
    _asked: int = 0

    async def run(self, facts: Sequence[ShownFact]) -> list[AnsweredPair]:
        """The pairs that the model names; `facts` are as the prompt shows them.

        Raises TransientError; a refusal is counted.
        """
        readable: list[ShownFact] = []
        pairs: list[AnsweredPair] = []

        async def compare(part: Sequence[ShownFact]) -> None:
            if self._asked == MOST_CALLS:
                self.refused += len(part)
                return
            pairs.extend(await self._ask(part))
            readable.extend(part)

        await ask_in_parts(facts, compare, self._take_refused)
        if 1 < len(readable) < len(facts):
            with suppress(ModelRefusedError):
                return await self._ask(readable)
        return pairs

    async def _take_refused(self, _fact: ShownFact, _reason: str) -> None:
        self.refused += 1

    async def _ask(self, facts: Sequence[ShownFact]) -> list[AnsweredPair]:
        self._asked += 1
        return (await self.question.ask({"facts": list(facts)})).answer.pairs
