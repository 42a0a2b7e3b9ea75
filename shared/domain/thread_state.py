"""The state of a thread: what arrived, what is closed, what is claimed, and what is due.

All of it lives in one document beside the thread's counter. A claim fixes the membership of the
next chunk before any work on it; it is adopted, never planned anew, until its commit clears it.
"""

from collections.abc import Sequence

from pydantic import Field

from shared.domain.reprocess import Reprocess
from shared.domain.turns import Frozen

MAX_CHUNK_TURNS = 20
MAX_SUMMARY_CHUNKS = 5
EXTRACT = "extract"
SUMMARIZE = "summarize"
RETIRE = "retire"
OUTCOMES = ("extracted", "trivial", "gone", "elsewhere", "dead_lettered", "off", "redacted")


class Cadence(Frozen):
    """When which step is due, in turns; 0 switches a step off."""

    extract_every: int
    summarize_every: int
    profile_every: int
    reconcile_every: int = 0


class Reopened(Frozen):
    """What is kept of a dead letter whose turn is tried again: the tries so far, and the first."""

    attempts: int
    first_at: str


class PendingTurn(Frozen):
    """A counted turn that is in no chunk; `reopened` if it was in one that did not process it.

    With a `generation` it was in a chunk before, and is processed anew.
    """

    turn_id: str
    reopened: Reopened | None = None
    generation: int = 0


class Claim(Frozen):
    """The work that is under way: chunk `chunk` with these turns, and the summary up to a chunk.

    `turn_ids` is empty for a claim that only refreshes the summary; `reopened` are those among them
    that an earlier chunk left as dead letters, `reprocessed` those that are processed anew under
    the claim's `generation`. The summary folds the chunks `summarize_from`..`summarize_to`, both 0
    where it is not part of the claim; with `rebuild` it begins from nothing.
    """

    key: str
    chunk: int
    turn_ids: list[str]
    extract: bool
    reopened: dict[str, Reopened] = Field(default_factory=dict)
    generation: int = 0
    reprocessed: list[str] = Field(default_factory=list)
    summarize_from: int = 0
    summarize_to: int = 0
    rebuild: bool = False
    summary_edition: int = 0

    @property
    def counted_before(self) -> int:
        """How many of its turns an earlier chunk has added to the user's count."""
        return len({*self.reopened, *self.reprocessed})

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


class ThreadState(Frozen):
    """The thread's state document.

    `arrived` counts distinct turns, `closed` those in committed chunks, `summarized` those folded
    into the summary. `fold_to` is the last chunk of a summary that was claimed and has failed: it
    may have been written nevertheless, so it is tried again over the same chunks. `flush_to` and
    `refresh_to` are values of `arrived` up to which extraction and summary are wanted without
    waiting for the cadence. `generation` is the latest that was asked for, `reprocess` what is left
    to do for it, and `rebuild_summary` that the next summary begins from nothing. `vanished` counts
    turns that were deleted after they were closed, and `summary_edition` how often the summary was
    begun anew because it told of such. `written_at` is
    when Cosmos DB stored it.
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
    claim: Claim | None = None
    idle: bool = True
    retry: dict[str, Retry] = Field(default_factory=dict)
    outcomes: dict[str, int] = Field(default_factory=dict)
    generation: int = 0
    reprocess: Reprocess | None = None
    rebuild_summary: bool = False
    vanished: int = 0
    summary_edition: int = 0
    written_at: int = Field(default=0, validation_alias="_ts", exclude=True)

    @property
    def pending(self) -> int:
        """Turns that are counted and in no committed chunk."""
        return self.arrived - self.closed

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
        """Whether a failed step's next try is still ahead."""
        return self.retry.get(step, Retry()).next_at > now


def chunk_size_due(state: ThreadState, cadence: Cadence, now: float) -> int:
    """How many pending turns the next chunk may take; 0 while none is due.

    A chunk is due when a whole cadence is pending or a flush asked for turns that are still open.
    """
    if state.reopens or state.waits(EXTRACT, now) or state.pending <= 0:
        return 0
    every = cadence.extract_every or cadence.summarize_every
    if not every:
        return 0
    if state.pending >= every or state.flush_to > state.closed:
        return min(state.pending, MAX_CHUNK_TURNS)
    return 0


def is_summary_due(state: ThreadState, cadence: Cadence, now: float, *, closing: int) -> bool:
    """Whether the summary is due once `closing` further turns are in a chunk.

    Due: a whole cadence is not folded yet, a refresh asked for it, or a flushed thread has none.
    """
    closed = state.closed + closing
    chunks = state.chunks + (1 if closing else 0)
    if not cadence.summarize_every or state.summarized_to >= chunks:
        return False
    if closed <= state.summarized or state.waits(SUMMARIZE, now):
        return False
    if state.rebuild_summary and state.reprocess and state.reprocess.open:
        return False  # until the last turn is closed readers keep the summary that they have
    if closed - state.summarized >= cadence.summarize_every:
        return True
    flushed = state.flush_to > 0 and state.summarized_to == 0 and closed >= state.flush_to
    refreshed = state.refresh_to > state.summarized and closed >= state.refresh_to
    return flushed or refreshed


def is_due(state: ThreadState, cadence: Cadence, now: float) -> bool:
    """Whether an orchestration of this thread would find something to do."""
    if state.claim is not None:
        return not state.waits(EXTRACT if state.claim.closes_chunk else SUMMARIZE, now)
    if state.reopens or state.retires(now) or chunk_size_due(state, cadence, now):
        return True
    return is_summary_due(state, cadence, now, closing=0)


def build_claim(
    state: ThreadState, cadence: Cadence, now: float, turns: Sequence[PendingTurn]
) -> Claim | None:
    """The claim for these turns (none: a refresh of the summary only); None if nothing is due."""
    summarize = is_summary_due(state, cadence, now, closing=len(turns))
    if not turns and not summarize:
        return None
    chunk = state.chunks + 1 if turns else state.chunks
    first = state.summarized_to + 1
    last = min(chunk, state.summarized_to + MAX_SUMMARY_CHUNKS)
    if state.fold_to > state.summarized_to:
        last = state.fold_to
    return Claim(
        key=f"chunk:{chunk}" if turns else f"summary:{last}",
        chunk=chunk,
        turn_ids=[turn.turn_id for turn in turns],
        extract=bool(turns) and cadence.extract_every > 0,
        reopened={turn.turn_id: turn.reopened for turn in turns if turn.reopened},
        generation=state.generation,
        reprocessed=[turn.turn_id for turn in turns if turn.generation],
        summarize_from=first if summarize else 0,
        summarize_to=last if summarize else 0,
        rebuild=summarize and state.rebuild_summary,
        summary_edition=state.summary_edition,
    )


def write_off_pending(state: ThreadState) -> ThreadState:
    """The state with its pending turns recorded as gone: they are in no chunk, nor in a summary."""
    lost = state.pending
    gone = state.outcomes.get("gone", 0) + lost
    return state.model_copy(
        update={
            "closed": state.closed + lost,
            "summarized": state.summarized + lost,
            "outcomes": {**state.outcomes, "gone": gone},
            "reprocess": _count_closed(state, state.pending),
        }
    )


def close_claim(
    state: ThreadState, claim: Claim, outcomes: dict[str, int], *, summarized: int
) -> ThreadState:
    """The state after the claim was committed; `summarized` counts the turns newly folded.

    A summary that was claimed and has failed leaves `summarized` and its done_to as they were.
    """
    done_to = dict(state.done_to)
    retry = dict(state.retry)
    closed = state.closed + len(claim.turn_ids)
    chunks = max(state.chunks, claim.chunk)
    if claim.closes_chunk and claim.extract:
        done_to[EXTRACT] = claim.chunk
        retry.pop(EXTRACT, None)
    if summarized:
        done_to[SUMMARIZE] = claim.summarize_to
        retry.pop(SUMMARIZE, None)
    fold_to = claim.summarize_to if claim.summarizes and not summarized else state.fold_to
    # With every chunk folded every turn is, also one whose record has expired meanwhile.
    complete = done_to.get(SUMMARIZE, 0) == chunks
    folded = closed if complete else min(closed, state.summarized + summarized)
    totals = {name: state.outcomes.get(name, 0) + outcomes.get(name, 0) for name in OUTCOMES}
    return state.model_copy(
        update={
            "claim": None,
            "closed": closed,
            "chunks": chunks,
            "summarized": folded,
            "fold_to": fold_to,
            "done_to": done_to,
            "retry": retry,
            "outcomes": totals,
            "reprocess": _count_closed(state, len(claim.reprocessed)),
            "rebuild_summary": state.rebuild_summary and not (summarized and claim.rebuild),
        }
    )


def _count_closed(state: ThreadState, closed: int) -> Reprocess | None:
    """What is left of the generation when so many of its turns are closed again."""
    before = state.reprocess
    return before and before.model_copy(update={"open": max(0, before.open - closed)})
