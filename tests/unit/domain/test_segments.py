import itertools

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.segments import (
    PlacedTurn,
    Segment,
    SegmentRules,
    cut_segments,
    split_by_drift,
)

RULES = SegmentRules(idle_gap=1800, max_turns=5, min_turns=2)
MINUTE = 60.0

moments = st.none() | st.integers(0, 40_000).map(float)
rules = st.builds(
    SegmentRules,
    idle_gap=st.sampled_from([60.0, 1800.0]),
    max_turns=st.integers(1, 7),
    min_turns=st.integers(1, 4),
)


def place(times: list[float | None]) -> list[PlacedTurn]:
    return [
        PlacedTurn(place=(n // 3 + 1, n % 3), number=n + 1, at=at) for n, at in enumerate(times)
    ]


def cut(times: list[float | None], rules: SegmentRules = RULES) -> list[int]:
    """The sizes of the segments that end, then that of the open one."""
    ended, still_open = cut_segments(None, place(times), rules)
    return [*(segment.turns for segment in ended), still_open.turns if still_open else 0]


@given(st.lists(moments, max_size=30), rules, st.data())
def test_any_split_into_batches_gives_the_same_segments(
    times: list[float | None], rules: SegmentRules, data: st.DataObject
) -> None:
    turns = place(times)
    whole = cut_segments(None, turns, rules)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(turns)), max_size=6)))
    ended: list[Segment] = []
    still_open: Segment | None = None
    for start, end in itertools.pairwise([0, *cuts, len(turns)]):
        more, still_open = cut_segments(still_open, turns[start:end], rules)
        ended += more
    assert (ended, still_open) == whole


@given(st.lists(moments, max_size=30), rules)
def test_every_turn_is_in_exactly_one_segment_in_order(
    times: list[float | None], rules: SegmentRules
) -> None:
    turns = place(times)
    ended, still_open = cut_segments(None, turns, rules)
    segments = [*ended, *([still_open] if still_open else [])]
    covered = [
        turn.place
        for segment in segments
        for turn in turns
        if segment.first <= turn.place <= segment.last
    ]
    assert covered == [turn.place for turn in turns]
    assert [s.turns for s in segments] == [
        sum(s.first <= t.place <= s.last for t in turns) for s in segments
    ]
    assert len({segment.name for segment in segments}) == len(segments)
    assert all(s.turns <= rules.max_turns for s in segments)
    floor = min(rules.min_turns, rules.max_turns)
    assert all(s.turns >= floor for s in ended)


def test_a_pause_ends_a_segment() -> None:
    assert cut([0, MINUTE, 2 * MINUTE, 40 * MINUTE, 41 * MINUTE]) == [3, 2]


def test_a_pause_as_long_as_the_gap_ends_none() -> None:
    assert cut([0, MINUTE, 31 * MINUTE]) == [3]


def test_a_segment_of_the_full_size_ends_without_waiting_for_the_next_turn() -> None:
    assert cut([0, 1, 2, 3, 4]) == [5, 0]


def test_a_single_turn_before_a_pause_goes_with_what_follows() -> None:
    assert cut([0, 3600, 3700, 9000]) == [3, 1]


def test_a_turn_that_comes_late_opens_no_pause() -> None:
    assert cut([0, 10 * MINUTE, 5 * MINUTE, 12 * MINUTE]) == [4]


def test_a_conversation_imported_from_another_day_is_a_segment_of_its_own() -> None:
    day = 86_400.0
    assert cut([9 * day, 9 * day + 60, 0, 60, 120, 9 * day + 120]) == [2, 3, 1]


def test_a_turn_without_a_time_joins_the_open_segment() -> None:
    assert cut([None, None, 0, None, 90 * MINUTE]) == [4, 1]


def test_a_change_of_subject_splits_a_segment() -> None:
    vectors = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9], [0.0, 1.0]]
    assert split_by_drift(vectors, 0.5, 2) == [(0, 2), (2, 5)]


def test_without_a_drift_nothing_is_split() -> None:
    assert split_by_drift([[1.0, 0.0], [0.0, 1.0]], 0.0, 1) == [(0, 2)]


def test_a_part_holds_as_many_turns_as_an_episode_must() -> None:
    assert split_by_drift([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], 0.2, 2) == [(0, 2), (2, 3)]


@given(
    st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=1, max_size=12),
    st.floats(0, 2),
    st.integers(0, 4),
)
def test_the_parts_of_a_split_follow_one_another_and_cover_all(
    vectors: list[list[float]], drift: float, min_turns: int
) -> None:
    ranges = split_by_drift(vectors, drift, min_turns)
    assert [i for start, end in ranges for i in range(start, end)] == list(range(len(vectors)))
