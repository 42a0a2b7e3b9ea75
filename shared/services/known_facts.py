"""The known facts that an extraction is shown."""

from dataclasses import dataclass

from shared.domain.facts import KnownFact
from shared.domain.retirement import is_being_derived
from shared.ports import FactStore, GenerationLog

_SPARE = 3


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """Finds the user's facts nearest to some turns.

    While a thread is processed anew, facts that wait to be derived again are left out: a model that
    is shown the old wording answers that it knows it already, and nothing would ever change.
    """

    facts: FactStore
    log: GenerationLog
    limit: int

    async def find(self, user_id: str, vector: list[float], generation: int) -> list[KnownFact]:
        """The nearest facts; `generation` is the one that is being derived, 0 for none."""
        if not generation:
            return await self.facts.nearest(user_id, vector, self.limit)
        found = await self.facts.nearest(user_id, vector, self.limit * _SPARE)
        turn_ids = {turn_id for fact in found for turn_id in fact.source_turn_ids}
        marks = await self.log.marks(user_id, sorted(turn_ids))
        derived = await self.log.derived(user_id, generation, [fact.id for fact in found])
        shown = [
            fact
            for fact in found
            if fact.id in derived or not is_being_derived(fact.source_turn_ids, marks, generation)
        ]
        return shown[: self.limit]
