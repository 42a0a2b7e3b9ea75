"""Facts of a user with equal contents in several threads, folded into one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.facts import KnownFact
from shared.domain.timestamps import from_epoch
from shared.ports import Clock, FactStore


@dataclass(frozen=True, slots=True)
class FoldDuplicates:
    """Supersedes facts that say to the letter what an older active fact of the user says.

    The fact with the earliest event time stays, by id where two are equal, so that the result does
    not depend on which thread was processed first; it is said last when any of them was. An agent's
    fact never replaces a user's.
    """

    facts: FactStore
    clock: Clock

    async def fold(self, user_id: str, content_hashes: Sequence[str]) -> dict[str, KnownFact]:
        """Fold the user's facts with these content hashes; what stays by the ids of what ends.

        Facts whose first one changes meanwhile are left to the next time.
        """
        groups: dict[tuple[str, str], list[KnownFact]] = defaultdict(list)
        for known in await self.facts.same_content(user_id, content_hashes):
            groups[(known.content_hash, known.source)].append(known)
        folded: dict[str, KnownFact] = {}
        for group in groups.values():
            kept, *losers = sorted(group, key=lambda fact: (fact.created_at, fact.id))
            said_at = max(fact.said_at for fact in group)
            if said_at > kept.said_at:
                # Before anything ends: a word that is lost here could not be found again.
                if not await self.facts.note_said(user_id, kept, said_at):
                    continue
                kept = kept.model_copy(update={"last_said_at": said_at})
            for loser in losers:
                at = from_epoch(self.clock.now())
                await self.facts.supersede(user_id, loser, kept.id, "duplicate", at)
                folded[loser.id] = kept
        return folded
