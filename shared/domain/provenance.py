"""How much of what proves a fact is kept with it, however often it is said."""

from collections.abc import Iterable, Sequence, Set

MOST_EVIDENCE = 50
MOST_SOURCES = 100
"""More than two full chunks: what a chunk has just added is still there when it is run again."""


def limit_evidence[Piece](evidence: Sequence[Piece]) -> list[Piece]:
    """The first piece, which the wording of the fact is of, and the newest ones."""
    if len(evidence) <= MOST_EVIDENCE:
        return list(evidence)
    return [evidence[0], *evidence[1 - MOST_EVIDENCE :]]


def limit_sources(turn_ids: Iterable[str], quoted: Set[str]) -> list[str]:
    """The turns that are quoted, and the newest of the others, in their order."""
    sources = list(turn_ids)
    others = [turn_id for turn_id in sources if turn_id not in quoted]
    dropped = set(others[: max(0, len(others) + len(quoted) - MOST_SOURCES)])
    return [turn_id for turn_id in sources if turn_id not in dropped]
