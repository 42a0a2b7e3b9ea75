"""The state of a thread: what arrived, what is closed, what is claimed, and what is due.

All of it lives in one document beside the thread's counter. A claim fixes the membership of the
next chunk before any work on it; it is adopted, never planned anew, until its commit clears it.
"""

from pydantic import Field

from shared.domain.pending_turns import Reopened
from shared.domain.reprocess import Reprocess
from shared.domain.segments import Segment, SegmentRules
from shared.domain.slow_talk import PATIENCE, is_slow
from shared.domain.turns import Frozen

MAX_CHUNK_TURNS = 20
EXTRACT = "extract"
SUMMARIZE = "summarize"
RETIRE = "retire"
EPISODES = "episodes"
OUTCOMES = ("extracted", "trivial", "gone", "elsewhere", "dead_lettered", "off", "redacted")


class Cadence(Frozen):
    """When which step is due, in turns; 0 switches a step off.

    `episode_every` is how many turns arrive after an ended segment before its episode is written
    by itself; `segments` says where segments end.
    """

    extract_every: int
    summarize_every: int
    profile_every: int
    reconcile_every: int = 0
    procedures_every: int = 0
    episode_every: int = 0
    segments: SegmentRules = SegmentRules()

    @property
    def has_user_steps(self) -> bool:
        """Whether anything is derived of users, over all their threads."""
        return bool(self.profile_every or self.reconcile_every or self.procedures_every)

    @property
    def full_chunk(self) -> int:
        """The turns of a chunk that waited for no flush."""
        return min(self.extract_every, MAX_CHUNK_TURNS)

    @property
    def episode_turns(self) -> int:
        """The turns that an episode has at least; 0 while episodes are off."""
        return max(1, self.segments.min_turns) if self.episode_every else 0


class Claim(Frozen):
    """The work that is under way: chunk `chunk` with these turns, summary, and episodes.

    `turn_ids` is empty for a claim that closes no chunk; `reopened` are those among them that an
    earlier chunk left as dead letters, `reprocessed` those that are processed anew, `retried` those
    that the `generation` does not wait for, `arrived_at` the Unix times of the others. The summary
    folds the chunks `summarize_from`..`summarize_to`, both 0 where it is not part of the claim;
    with `rebuild` it begins from nothing. `segments` are those whose episodes are written.
    """

    key: str
    chunk: int
    turn_ids: list[str]
    extract: bool
    reopened: dict[str, Reopened] = Field(default_factory=dict)
    generation: int = 0
    reprocessed: list[str] = Field(default_factory=list)
    retried: list[str] = Field(default_factory=list)
    arrived_at: list[int] = Field(default_factory=list)
    summarize_from: int = 0
    summarize_to: int = 0
    rebuild: bool = False
    summary_edition: int = 0
    segments: list[Segment] = Field(default_factory=list)

    @property
    def counted_before(self) -> int:
        """How many of its turns an earlier chunk has added to the user's count."""
        return len({*self.reopened, *self.reprocessed})

    @property
    def step(self) -> str:
        """The step whose failure postpones the claim as a whole."""
        if self.closes_chunk:
            return EXTRACT
        return SUMMARIZE if self.summarizes else EPISODES

    @property
    def closes_chunk(self) -> bool:
        """Whether committing this claim adds a chunk to the ledger."""
        return bool(self.turn_ids)

    @property
    def summarizes(self) -> bool:
        """Whether the thread's summary is part of this claim."""
        return self.summarize_from > 0


class Retry(Frozen):
    """A step that failed: how often, since when, and when it is tried again (Unix time)."""

    failures: int = 0
    first_at: float = 0.0
    next_at: float = 0.0

    def is_overdue(self, now: float, horizon: float) -> bool:
        """Whether it has failed for longer than the horizon (seconds)."""
        return bool(self.first_at) and now - self.first_at >= horizon


class ThreadState(Frozen):
    """The thread's state document.

    `arrived` counts distinct turns, `closed` those in committed chunks, `summarized` those folded
    into the summary. `fold_to` is the last chunk of a summary that was claimed and has failed: it
    may have been written nevertheless, so it is tried again over the same chunks. `flush_to` and
    `refresh_to` are values of `arrived` up to which extraction and summary are wanted without
    waiting for the cadence, `settle_to` the one up to which the open segment is to be ended.
    `open_segment` is the one that the next committed turn joins or ends, `segments` have ended and
    wait for their episodes. `generation` is the latest that was asked for, `reprocess` what is left
    to do for it, and `rebuild_summary` that the next summary begins from nothing. `vanished` counts
    turns that were deleted after they were closed, and `summary_edition` how often the summary was
    begun anew because it told of such. `uncounted_tokens` were taken by summaries and episodes, and
    are added to the user's with the next chunk. Until `put_off_until` (Unix time) no model is
    asked, as the user's budget of tokens is spent. `written_at` is when Cosmos DB stored it,
    `stored_as` its name for the document, another if that was deleted and made anew.
    """

    user_id: str
    thread_id: str
    arrived: int = 0
    last_arrival: int = 0
    closed: int = 0
    chunks: int = 0
    summarized: int = 0
    fold_to: int = 0
    done_to: dict[str, int] = Field(default_factory=dict)
    flush_to: int = 0
    refresh_to: int = 0
    settle_to: int = 0
    open_segment: Segment | None = None
    segments: list[Segment] = Field(default_factory=list)
    claim: Claim | None = None
    idle: bool = True
    retry: dict[str, Retry] = Field(default_factory=dict)
    outcomes: dict[str, int] = Field(default_factory=dict)
    generation: int = 0
    reprocess: Reprocess | None = None
    rebuild_summary: bool = False
    vanished: int = 0
    summary_edition: int = 0
    uncounted_tokens: int = 0
    put_off_until: float = 0.0
    written_at: int = Field(default=0, validation_alias="_ts", exclude=True)
    stored_as: str = Field(default="", validation_alias="_rid", exclude=True)

    @property
    def pending(self) -> int:
        """Turns that are counted and in no committed chunk."""
        return self.arrived - self.closed

    @property
    def busy(self) -> bool:
        """Whether it is being worked on, or a flush that was asked for is not done."""
        refreshes = self.refresh_to > self.summarized and self.closed > self.summarized
        return not self.idle or self.flush_to > self.closed or refreshes

    @property
    def summarized_to(self) -> int:
        """The last chunk that is folded into the summary."""
        return self.done_to.get(SUMMARIZE, 0)

    @property
    def reopens(self) -> bool:
        """Whether turns have still to be opened for the generation."""
        return self.reprocess is not None and self.reprocess.reopening

    def retires(self, now: float) -> bool:
        """Whether the generation is derived, and what it did not derive again has still to end."""
        owed = self.reprocess is not None and not self.reprocess.reopening
        return owed and not (self.reprocess and self.reprocess.open) and not self.waits(RETIRE, now)

    def waits(self, step: str, now: float) -> bool:
        """Whether a failed step's next try, or the next day's budget, is still ahead."""
        if step != RETIRE and self.put_off_until > now:
            return True
        return self.retry.get(step, Retry()).next_at > now


def chunk_size_due(state: ThreadState, cadence: Cadence, now: float) -> int:
    """How many pending turns the next chunk may take; 0 while none is due.

    A chunk is due when a whole cadence is pending or a flush asked for turns that are still open.
    """
    if state.reopens or state.waits(EXTRACT, now) or state.pending <= 0:
        return 0
    every = cadence.extract_every or cadence.summarize_every or cadence.episode_every
    if not every:
        return 0
    if state.pending >= every or state.flush_to > state.closed:
        return min(state.pending, MAX_CHUNK_TURNS)
    return 0


def is_summary_due(state: ThreadState, cadence: Cadence, now: float, *, closing: int) -> bool:
    """Whether the summary is due once `closing` further turns are in a chunk.

    Due: a whole cadence is not folded yet, a refresh asked for it, or a flushed thread has none.
    In a slow conversation several cadences gather first.
    """
    closed = state.closed + closing
    chunks = state.chunks + (1 if closing else 0)
    if not cadence.summarize_every or state.summarized_to >= chunks:
        return False
    if closed <= state.summarized or state.waits(SUMMARIZE, now):
        return False
    if state.rebuild_summary and state.reprocess and state.reprocess.open:
        return False  # until the last turn is closed readers keep the summary that they have
    unfolded = closed - state.summarized
    slow = is_slow(unfolded, chunks - state.summarized_to, cadence.full_chunk)
    if unfolded >= cadence.summarize_every * (PATIENCE if slow else 1):
        return True
    flushed = state.flush_to > 0 and state.summarized_to == 0 and closed >= state.flush_to
    refreshed = state.refresh_to > state.summarized and closed >= state.refresh_to
    return flushed or refreshed


def has_unsettled_segments(state: ThreadState, cadence: Cadence) -> bool:
    """Whether turns wait for their episode: in an ended segment, or in an open one long enough."""
    if not cadence.episode_every:
        return False
    return bool(state.segments) or _is_long_enough(state.open_segment, cadence)


def _is_long_enough(segment: Segment | None, cadence: Cadence) -> bool:
    return segment is not None and segment.turns >= cadence.episode_turns


def settle_segments(state: ThreadState, cadence: Cadence) -> ThreadState:
    """The state with its open segment ended, if that is wanted and all turns up to it are in.

    The wish is met, and forgotten, once no segment up to it is without its episode.
    """
    if not state.settle_to or state.closed < state.settle_to:
        return state
    ended, still_open = list(state.segments), state.open_segment
    wanted = still_open is not None and still_open.end <= state.settle_to
    if cadence.episode_every and wanted and _is_long_enough(still_open, cadence):
        ended += [still_open] if still_open else []
        still_open = None
    left = cadence.episode_every and any(segment.end <= state.settle_to for segment in ended)
    return state.model_copy(
        update={
            "open_segment": still_open,
            "segments": ended,
            "settle_to": state.settle_to if left else 0,
        }
    )


def are_episodes_due(state: ThreadState, cadence: Cadence, now: float) -> bool:
    """Whether ended segments are worth a claim of their own.

    Those that a flush asked for are; others wait for some more turns, and so as a rule for the
    next chunk, whose claim takes them along.
    """
    settled = settle_segments(state, cadence)
    if not cadence.episode_every or not settled.segments or state.waits(EPISODES, now):
        return False
    end = settled.segments[0].end
    wanted = max(settled.flush_to, settled.refresh_to, settled.settle_to) >= end
    return wanted or state.arrived >= end + cadence.episode_every


def is_due(state: ThreadState, cadence: Cadence, now: float) -> bool:
    """Whether an orchestration of this thread would find something to do."""
    if state.claim is not None:
        return not state.waits(state.claim.step, now)
    if state.reopens or state.retires(now) or chunk_size_due(state, cadence, now):
        return True
    if is_summary_due(state, cadence, now, closing=0):
        return True
    return are_episodes_due(state, cadence, now)
