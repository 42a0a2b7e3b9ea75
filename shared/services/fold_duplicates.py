"""The facts of a user that have changed, with equal contents in several threads folded into one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.facts import KnownFact
from shared.domain.timestamps import from_epoch
from shared.ports import Clock, FactStore


@dataclass(frozen=True, slots=True)
class ChangedFacts:
    """Facts written since a moment: active ones, and texts that hold no more.

    `rows` are all that the look has met, those included that an earlier run has folded.
    """

    active: list[dict[str, Any]]
    retracted: list[str]
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class FoldDuplicates:
    """Supersedes facts that say to the letter what an older active fact of the user says.

    The fact with the earliest event time stays, by id where two are equal, so that the result does
    not depend on which thread was processed first. An agent's fact never replaces a user's.
    """

    facts: FactStore
    clock: Clock

    async def run(self, user_id: str, since: int, folded_versions: set[str]) -> ChangedFacts:
        """The facts changed since Unix time `since`, save the versions folded, after folding."""
        rows = await self.facts.changed_since(user_id, since)
        changed = [row for row in rows if row["_etag"] not in folded_versions]
        active = [fact for fact in changed if not fact.get("superseded_by")]
        hashes = {str(fact["content_hash"]) for fact in active}
        folded = await self.fold(user_id, sorted(hashes))
        # What a duplicate of said still holds: only other superseded facts are retracted.
        retracted = [
            str(fact["content"])
            for fact in changed
            if fact.get("superseded_by") and fact.get("supersede_reason") != "duplicate"
        ]
        return ChangedFacts(
            active=[fact for fact in active if fact["id"] not in folded],
            retracted=retracted,
            rows=rows,
        )

    async def fold(self, user_id: str, content_hashes: Sequence[str]) -> set[str]:
        """Fold the user's facts with these content hashes; the ids of those that end."""
        groups: dict[tuple[str, str], list[KnownFact]] = defaultdict(list)
        for known in await self.facts.same_content(user_id, content_hashes):
            groups[(known.content_hash, known.source)].append(known)
        folded: set[str] = set()
        for group in groups.values():
            kept, *losers = sorted(group, key=lambda fact: (fact.created_at, fact.id))
            for loser in losers:
                at = from_epoch(self.clock.now())
                await self.facts.supersede(user_id, loser, kept.id, "duplicate", at)
                folded.add(loser.id)
        return folded
