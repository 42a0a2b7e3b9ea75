"""Cutting a thread's turns into segments, of which each may become an episode.

Membership follows the order in which turns were committed; event times only tell where a pause is.
Segments are ranges that touch nowhere, so that a turn is in one of them at most.
"""

import math
from collections.abc import Sequence

from shared.domain.turns import Frozen

type Place = tuple[int, int]
"""A turn's chunk and its index in that chunk."""

MEMBER_OUTCOMES = ("extracted", "trivial", "off")
"""Outcomes of turns that belong to a segment: they exist, and this app processed them."""


class SegmentRules(Frozen):
    """Where a segment ends: after a pause (seconds) or at a size, with so many turns at least."""

    idle_gap: float = 1800.0
    max_turns: int = 40
    min_turns: int = 2


class PlacedTurn(Frozen):
    """A committed turn: its place, how many turns were committed with it, its event time.

    `at` is Unix time, None where the turn names no moment.
    """

    place: Place
    number: int
    at: float | None


class Segment(Frozen):
    """The turns from `first` to `last`, both included.

    `end` is how many turns were committed with the last one; `earliest` and `latest` are event
    times in Unix seconds, None while no turn has named one.
    """

    first: Place
    last: Place
    turns: int
    end: int
    earliest: float | None = None
    latest: float | None = None

    @property
    def name(self) -> str:
        """What no other segment of the thread is called: the place where it begins."""
        return f"{self.first[0]}.{self.first[1]}"


def cut_segments(
    open_segment: Segment | None, turns: Sequence[PlacedTurn], rules: SegmentRules
) -> tuple[list[Segment], Segment | None]:
    """The segments that end within these turns, and the one that is open after them.

    Which they are does not depend on how the turns were split into calls. A pause is measured from
    the span of event times so far, in both directions, so that a turn that comes a little late
    opens none, and a conversation imported from another day does.
    """
    ended: list[Segment] = []
    for turn in turns:
        if open_segment is not None and _is_apart(open_segment, turn, rules):
            ended.append(open_segment)
            open_segment = None
        open_segment = _extend(open_segment, turn)
        if open_segment.turns >= max(1, rules.max_turns):
            ended.append(open_segment)
            open_segment = None
    return ended, open_segment


def _is_apart(segment: Segment, turn: PlacedTurn, rules: SegmentRules) -> bool:
    if turn.at is None or segment.earliest is None or segment.latest is None:
        return False
    pause = max(turn.at - segment.latest, segment.earliest - turn.at)
    return pause > rules.idle_gap and segment.turns >= max(1, rules.min_turns)


def _extend(segment: Segment | None, turn: PlacedTurn) -> Segment:
    if segment is None:
        return Segment(
            first=turn.place,
            last=turn.place,
            turns=1,
            end=turn.number,
            earliest=turn.at,
            latest=turn.at,
        )
    known = [at for at in (segment.earliest, segment.latest, turn.at) if at is not None]
    return segment.model_copy(
        update={
            "last": turn.place,
            "turns": segment.turns + 1,
            "end": turn.number,
            "earliest": min(known, default=None),
            "latest": max(known, default=None),
        }
    )


def split_by_drift(
    vectors: Sequence[Sequence[float]], drift: float, min_turns: int
) -> list[tuple[int, int]]:
    """Ranges [start, end) of a segment's turns that stay on one subject, by the turns' vectors.

    A range ends before a turn whose cosine distance to the mean of the range's turns is above
    `drift`, once it holds `min_turns`. A drift of 0 splits nothing.
    """
    starts = [0]
    total: list[float] = []
    for index, vector in enumerate(vectors):
        long_enough = index - starts[-1] >= max(1, min_turns)
        if drift > 0 and long_enough and _cosine_distance(total, vector) > drift:
            starts.append(index)
            total = []
        total = [a + b for a, b in zip(total, vector, strict=True)] if total else list(vector)
    return [(start, end) for start, end in zip(starts, [*starts[1:], len(vectors)], strict=True)]


def _cosine_distance(first: Sequence[float], second: Sequence[float]) -> float:
    lengths = math.hypot(*first) * math.hypot(*second)
    if not lengths:
        return 0.0
    return 1.0 - sum(a * b for a, b in zip(first, second, strict=True)) / lengths
