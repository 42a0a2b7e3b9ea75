"""A thread as a random sequence of steps, against a model that only keeps lists."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.domain.claims import MAX_SUMMARY_TURNS, build_claim, close_claim
from shared.domain.pending_turns import PendingTurn
from shared.domain.retrying import defer
from shared.domain.slow_talk import PATIENCE, is_slow
from shared.domain.thread_state import (
    EXTRACT,
    MAX_CHUNK_TURNS,
    SUMMARIZE,
    Cadence,
    Claim,
    ThreadState,
    chunk_size_due,
    is_due,
    is_summary_due,
)

FIRST_PAUSE = 60.0


def named(turn_ids: list[str]) -> list[PendingTurn]:
    return [PendingTurn(turn_id=turn_id) for turn_id in turn_ids]


class ThreadMachine(RuleBasedStateMachine):
    """What a plan and a commit do to the state, without the services around them."""

    def __init__(self) -> None:
        super().__init__()
        self.cadence = Cadence(extract_every=5, summarize_every=10, profile_every=20)
        self.state = ThreadState(user_id="u", thread_id="t")
        self.now = 1000.0
        self.arrived: list[str] = []
        self.chunks: list[list[str]] = []
        self.folded: list[tuple[int, int]] = []

    @initialize(
        extract=st.sampled_from([0, 1, 2, 5, 30]), summarize=st.sampled_from([0, 1, 4, 10, 45])
    )
    def choose_cadence(self, extract: int, summarize: int) -> None:
        self.cadence = Cadence(extract_every=extract, summarize_every=summarize, profile_every=20)

    @rule(count=st.sampled_from([1, 1, 1, 2, 3, 7, 50, 130]))
    def arrive(self, count: int) -> None:
        first = len(self.arrived)
        self.arrived += [f"turn-{n}" for n in range(first, first + count)]
        self._update(arrived=len(self.arrived))

    @rule(refresh=st.booleans())
    def flush(self, refresh: bool) -> None:
        wanted = {"flush_to": self.state.arrived}
        if refresh and self.cadence.summarize_every:
            wanted["refresh_to"] = self.state.arrived
        self._update(**wanted)

    @rule(seconds=st.sampled_from([1.0, 100.0, 4000.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.state.claim is None)
    @rule()
    def plan(self) -> None:
        due = is_due(self.state, self.cadence, self.now)
        size = chunk_size_due(self.state, self.cadence, self.now)
        pending = self.arrived[self.state.closed :]
        claim = build_claim(self.state, self.cadence, self.now, named(pending[:size]))
        assert (claim is not None) == due, "due work must give a claim, and only due work"
        self._update(claim=claim)

    @precondition(lambda self: self.state.claim is not None)
    @rule(summary_works=st.booleans())
    def commit(self, summary_works: bool) -> None:
        claim = self._claim
        summarized = 0
        if claim.closes_chunk:
            self.chunks.append(claim.turn_ids)
        if claim.summarizes and summary_works:
            members = self.chunks[claim.summarize_from - 1 : claim.summarize_to]
            summarized = sum(map(len, members))
            self.folded.append((claim.summarize_from, claim.summarize_to))
        outcomes = {"extracted": len(claim.turn_ids)}
        self.state = close_claim(self.state, claim, outcomes, summarized=summarized)
        if claim.summarizes and not summary_works:
            self._defer(SUMMARIZE)

    @precondition(lambda self: self.state.claim is not None and self.state.claim.closes_chunk)
    @rule()
    def postpone(self) -> None:
        claim = self._claim
        self._defer(EXTRACT)
        assert not is_due(self.state, self.cadence, self.now)
        assert self.state.claim == claim

    @property
    def _claim(self) -> Claim:
        assert self.state.claim is not None
        return self.state.claim

    def _defer(self, step: str) -> None:
        retry = defer(self.state.retry.get(step), self.now, FIRST_PAUSE)
        self._update(retry={**self.state.retry, step: retry})

    def _update(self, **changes: Any) -> None:
        self.state = self.state.model_copy(update=changes)

    @invariant()
    def every_turn_is_in_one_chunk_or_pending_in_order(self) -> None:
        closed = [turn_id for chunk in self.chunks for turn_id in chunk]
        assert closed == self.arrived[: self.state.closed]
        assert self.state.chunks == len(self.chunks)
        assert sum(self.state.outcomes.values()) == self.state.closed
        if self.state.claim is not None and self.state.claim.closes_chunk:
            claimed = self.state.claim.turn_ids
            assert claimed == self.arrived[len(closed) : len(closed) + len(claimed)]
            assert 0 < len(claimed) <= MAX_CHUNK_TURNS
            assert self.state.claim.chunk == len(self.chunks) + 1
            assert self.state.claim.extract == (self.cadence.extract_every > 0)

    @invariant()
    def the_summary_covers_every_chunk_once_in_order(self) -> None:
        covered = 0
        for first, last in self.folded:
            assert first == covered + 1
            assert first <= last
            assert sum(map(len, self.chunks[first - 1 : last])) <= MAX_SUMMARY_TURNS
            covered = last
        assert covered == self.state.summarized_to <= len(self.chunks)
        assert self.state.summarized == sum(map(len, self.chunks[:covered]))

    @invariant()
    def nothing_due_leaves_nothing_beyond_the_cadence(self) -> None:
        state, cadence = self.state, self.cadence
        waiting = any(state.waits(step, self.now) for step in (EXTRACT, SUMMARIZE))
        if state.claim is not None or waiting or is_due(state, cadence, self.now):
            return
        every = cadence.extract_every or cadence.summarize_every
        if every:
            assert state.pending < every
            assert state.flush_to <= state.closed
        if cadence.summarize_every:
            unfolded, chunks = state.closed - state.summarized, state.chunks - state.summarized_to
            slow = is_slow(unfolded, chunks, cadence.full_chunk)
            assert unfolded < cadence.summarize_every * (PATIENCE if slow else 1)
            assert state.refresh_to <= state.summarized or state.refresh_to == 0
            assert state.flush_to == 0 or state.summarized > 0

    def teardown(self) -> None:
        """However a thread got where it is, it comes to rest in as few rounds as it has chunks."""
        self.now += 10_000.0
        rounds = 0
        while is_due(self.state, self.cadence, self.now):
            if self.state.claim is None:
                self.plan()
            self.commit(summary_works=True)
            rounds += 1
            assert rounds <= 4 + len(self.arrived), "it goes round for ever"
        self.every_turn_is_in_one_chunk_or_pending_in_order()
        self.the_summary_covers_every_chunk_once_in_order()
        self.nothing_due_leaves_nothing_beyond_the_cadence()


ThreadMachine.TestCase.settings = settings(
    max_examples=80, stateful_step_count=25, deadline=None, database=None
)
TestThread = ThreadMachine.TestCase

NOW = 1000.0
BOTH = Cadence(extract_every=5, summarize_every=10, profile_every=20)


def thread(**fields: Any) -> ThreadState:
    return ThreadState(user_id="u", thread_id="t", **fields)


@pytest.mark.parametrize(
    ("arrived", "closed", "flush_to", "size"),
    [
        (4, 0, 0, 0),
        (5, 0, 0, 5),
        (9, 0, 0, 9),
        (100, 0, 0, MAX_CHUNK_TURNS),
        (9, 5, 0, 0),
        (9, 5, 9, 4),
        (9, 9, 9, 0),
        (12, 9, 9, 0),
    ],
)
def test_a_chunk_is_due_at_the_cadence_or_at_a_flush(
    arrived: int, closed: int, flush_to: int, size: int
) -> None:
    state = thread(arrived=arrived, closed=closed, flush_to=flush_to)
    assert chunk_size_due(state, BOTH, NOW) == size


def test_a_thread_of_which_nothing_is_wanted_is_never_due() -> None:
    off = Cadence(extract_every=0, summarize_every=0, profile_every=20)
    state = thread(arrived=100, flush_to=100, refresh_to=100)
    assert not is_due(state, off, NOW)
    assert build_claim(state, off, NOW, []) is None


def test_without_extraction_the_summary_still_gets_its_chunks() -> None:
    only_summary = Cadence(extract_every=0, summarize_every=10, profile_every=0)
    state = thread(arrived=10)
    claim = build_claim(state, only_summary, NOW, named([f"{n}" for n in range(10)]))
    assert claim is not None
    assert (claim.extract, claim.summarize_from, claim.summarize_to) == (False, 1, 1)


@pytest.mark.parametrize(
    ("closed", "chunks", "due"),
    [
        (10, 2, True),  # whole chunks
        (10, 3, True),  # with a tail among them
        (10, 5, False),  # pairs
        (38, 19, False),
        (40, 20, True),
        (40, 10, True),  # a quick conversation after a slow one
    ],
)
def test_the_summary_of_a_conversation_that_trickles_in_waits_for_more_turns(
    closed: int, chunks: int, due: bool
) -> None:
    state = thread(arrived=closed, closed=closed, chunks=chunks)
    assert is_due(state, BOTH, NOW) == due
    claim = build_claim(state, BOTH, NOW, [])
    assert (claim is not None) == due
    if claim:
        assert (claim.summarize_from, claim.summarize_to) == (1, chunks)
    asked = state.model_copy(update={"refresh_to": closed})
    assert is_due(asked, BOTH, NOW), "a long silence still brings it up to date"


def test_the_first_flush_of_a_short_thread_asks_for_its_summary_and_later_ones_do_not() -> None:
    state = thread(arrived=3, flush_to=3)
    assert is_summary_due(state, BOTH, NOW, closing=3)
    assert not is_summary_due(state, BOTH, NOW, closing=2)
    later = thread(arrived=6, closed=3, chunks=1, summarized=3, done_to={SUMMARIZE: 1}, flush_to=6)
    assert not is_summary_due(later, BOTH, NOW, closing=3)
    refreshed = later.model_copy(update={"refresh_to": 6})
    assert is_summary_due(refreshed, BOTH, NOW, closing=3)


def test_a_failed_summary_holds_no_extraction_up_and_the_other_way_round() -> None:
    summary_failed = thread(arrived=5, retry={SUMMARIZE: defer(None, NOW, FIRST_PAUSE)})
    claim = build_claim(summary_failed, BOTH, NOW, named(["a"] * 5))
    assert claim is not None
    assert not claim.summarizes
    extraction_failed = thread(
        arrived=15, closed=10, chunks=2, retry={EXTRACT: defer(None, NOW, FIRST_PAUSE)}
    )
    assert chunk_size_due(extraction_failed, BOTH, NOW) == 0
    refresh = build_claim(extraction_failed, BOTH, NOW, [])
    assert refresh is not None
    assert (refresh.closes_chunk, refresh.summarize_to) == (False, 2)


def test_a_summary_that_failed_is_claimed_again_over_the_same_chunks() -> None:
    claim = build_claim(thread(arrived=10), BOTH, NOW, named(["a"] * 10))
    assert claim is not None
    failed = close_claim(thread(arrived=30), claim, {}, summarized=0)
    more = failed.model_copy(update={"closed": 30, "chunks": 3})
    again = build_claim(more, BOTH, NOW, [])
    assert again is not None
    assert (again.summarize_from, again.summarize_to) == (1, 1)
    done = close_claim(more, again, {}, summarized=10)
    following = build_claim(done, BOTH, NOW, [])
    assert following is not None
    assert (following.summarize_from, following.summarize_to) == (2, 3)


def test_a_state_is_read_as_it_was_stored_with_the_time_of_its_writing() -> None:
    claim = Claim(key="chunk:1", chunk=1, turn_ids=["a"], extract=True)
    state = thread(arrived=1, claim=claim, retry={EXTRACT: defer(None, NOW, FIRST_PAUSE)})
    stored = {"id": "state", "_etag": "x", **state.model_dump(mode="json"), "_ts": 77}
    read = ThreadState.model_validate(stored)
    assert read.model_copy(update={"written_at": 0}) == state
    assert read.written_at == 77
    assert "_ts" not in state.model_dump(mode="json")
    assert "written_at" not in state.model_dump(mode="json")
