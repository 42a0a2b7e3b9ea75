"""Which facts end because of the facts of a chunk: the later event wins, then the later arrival."""

from collections.abc import Mapping, Sequence

from shared.domain.facts import GroundedFact, KnownFact, Saying, later_saying
from shared.domain.turns import Frozen

DUPLICATE = "duplicate"
BEFORE_THE_CHUNK = -1


class Memory(Frozen):
    """A fact as it takes part in a contradiction.

    `order` is its place among the facts of the chunk; what was stored before has arrived earlier.
    """

    id: str
    source: str
    said_at: str
    superseded_by: str | None = None
    order: int = BEFORE_THE_CHUNK

    @property
    def said(self) -> tuple[str, int]:
        """When it was said last, for comparing."""
        return self.said_at, self.order

    @property
    def saying(self) -> Saying:
        """When it was said last, and by whom."""
        return self.source, self.said_at, self.order


class Endings(Frozen):
    """Pairs (loser id, winner id), and the losers among them that were true until now."""

    pairs: list[tuple[str, str]]
    updates: list[str]


def decide_endings_of_chunk(
    merged: Sequence[GroundedFact],
    becomes: Sequence[str],
    stored: Mapping[str, KnownFact],
) -> Endings:
    """What ends; `becomes` is the memory that each merged fact is or folds into.

    No pair closes a circle, and an agent's fact ends no user's.
    """
    ours = _describe(merged, becomes, stored)
    memories = {
        **{fact.id: _remember(fact) for fact in stored.values()},
        **ours,
    }
    winners: dict[str, str] = {}
    updates: list[str] = []
    for index, fact in enumerate(merged):
        named = [(ref, False) for ref in fact.supersedes] + [(ref, True) for ref in fact.updates]
        for reference, is_update in named:
            target = becomes[int(reference[1:])] if reference.startswith("#") else reference
            ended = _end_one(ours[becomes[index]], memories.get(target), ours, winners)
            updates += [ended] if ended and is_update else []
    return Endings(pairs=list(winners.items()), updates=updates)


def _end_one(
    own: Memory, target: Memory | None, ours: Mapping[str, Memory], winners: dict[str, str]
) -> str | None:
    """Enter the pair of the two, unless something speaks against it; the id that ends."""
    # One that this chunk itself has superseded is decided again as it was before.
    if target is None or (target.superseded_by and target.superseded_by not in ours):
        return None
    older, newer = (own, target) if target.said > own.said else (target, own)
    if (older.source, newer.source) == ("user", "agent"):
        return None
    if older.id in winners or _leads_to(newer.id, older.id, winners):
        return None
    winners[older.id] = newer.id
    return older.id


def _describe(
    merged: Sequence[GroundedFact], becomes: Sequence[str], stored: Mapping[str, KnownFact]
) -> dict[str, Memory]:
    """The merged facts as the memories that they become, each as it was said last."""
    described: dict[str, Memory] = {}
    for fact, memory_id in zip(merged, becomes, strict=True):
        saying: Saying = (fact.source, fact.created_at, fact.order)
        if memory_id in described:
            saying = later_saying(described[memory_id].saying, saying)
        elif memory_id in stored:
            saying = later_saying(_remember(stored[memory_id]).saying, saying)
        source, said_at, order = saying
        described[memory_id] = Memory(id=memory_id, source=source, said_at=said_at, order=order)
    return described


def _remember(fact: KnownFact) -> Memory:
    return Memory(
        id=fact.id,
        source=fact.source,
        said_at=fact.said_at,
        superseded_by=fact.superseded_by,
    )


def _leads_to(start: str, end: str, winners: Mapping[str, str]) -> bool:
    """Whether `end` is `start`, or supersedes what supersedes it, or so on."""
    at: str | None = start
    while at is not None and at != end:
        at = winners.get(at)
    return at == end
