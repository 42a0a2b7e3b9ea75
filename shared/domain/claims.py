"""Making a thread's claim, and what its commit makes of the thread's state."""

from collections.abc import Sequence

from shared.domain.identifiers import name_claim
from shared.domain.pending_turns import PendingTurn
from shared.domain.reprocess import Reprocess
from shared.domain.segments import PlacedTurn, Segment, cut_segments
from shared.domain.thread_state import (
    EPISODES,
    EXTRACT,
    MAX_CHUNK_TURNS,
    OUTCOMES,
    SUMMARIZE,
    Cadence,
    Claim,
    ThreadState,
    are_episodes_due,
    is_summary_due,
    settle_segments,
)

MAX_SUMMARY_CHUNKS = 5
MAX_SUMMARY_TURNS = MAX_SUMMARY_CHUNKS * MAX_CHUNK_TURNS
MAX_CLAIM_SEGMENTS = 4


def build_claim(
    state: ThreadState,
    cadence: Cadence,
    now: float,
    turns: Sequence[PendingTurn],
    version: str = "",
) -> Claim | None:
    """The claim for these turns (none: of summary and episodes only); None if nothing is due.

    Segments are taken along by whatever claim is made, a few at a time. `version` is the ETag that
    the claim replaces: no other claim has it, so that none has the same key, not even after the
    thread was erased and began anew.
    """
    summarize = is_summary_due(state, cadence, now, closing=len(turns))
    if not turns and not summarize and not are_episodes_due(state, cadence, now):
        return None
    takes_segments = cadence.episode_every > 0 and not state.waits(EPISODES, now)
    segments = state.segments[:MAX_CLAIM_SEGMENTS] if takes_segments else []
    chunk = state.chunks + 1 if turns else state.chunks
    first = state.summarized_to + 1
    unfolded = state.closed + len(turns) - state.summarized
    last = chunk  # however many chunks the turns of one prompt came in
    if unfolded > MAX_SUMMARY_TURNS:
        last = min(chunk, state.summarized_to + MAX_SUMMARY_CHUNKS)
    if state.fold_to > state.summarized_to:
        last = state.fold_to
    return Claim(
        key=name_claim(
            _describe_claim(chunk, last, segments, closes=bool(turns), summarizes=summarize),
            version,
        ),
        chunk=chunk,
        turn_ids=[turn.turn_id for turn in turns],
        extract=bool(turns) and cadence.extract_every > 0,
        reopened={turn.turn_id: turn.reopened for turn in turns if turn.reopened},
        generation=state.generation,
        reprocessed=[turn.turn_id for turn in turns if turn.generation],
        retried=[turn.turn_id for turn in turns if turn.retried],
        arrived_at=[
            turn.arrived_at
            for turn in turns
            if turn.arrived_at and not turn.reopened and not turn.generation
        ],
        summarize_from=first if summarize else 0,
        summarize_to=last if summarize else 0,
        rebuild=summarize and state.rebuild_summary,
        summary_edition=state.summary_edition,
        segments=segments,
    )


def _describe_claim(
    chunk: int, last: int, segments: Sequence[Segment], *, closes: bool, summarizes: bool
) -> str:
    if closes:
        return f"chunk:{chunk}"
    return f"summary:{last}" if summarizes else f"segment:{segments[0].name}"


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
    Segments are left alone: see finish_segments and add_turns.
    """
    done_to = dict(state.done_to)
    retry = dict(state.retry)
    closed = state.closed + len(claim.turn_ids)
    owed = {*claim.reprocessed} - {*claim.retried}
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
            "reprocess": _count_closed(state, len(owed)),
            "rebuild_summary": state.rebuild_summary and not (summarized and claim.rebuild),
        }
    )


def _count_closed(state: ThreadState, closed: int) -> Reprocess | None:
    """What is left of the generation when so many of its turns are closed again."""
    before = state.reprocess
    return before and before.model_copy(update={"open": max(0, before.open - closed)})


def finish_segments(state: ThreadState, written: Sequence[Segment]) -> ThreadState:
    """The state after the episodes of these segments were committed."""
    if not written:
        return state
    names = {segment.name for segment in written}
    left = [segment for segment in state.segments if segment.name not in names]
    furthest = max(state.done_to.get(EPISODES, 0), *(segment.last[0] for segment in written))
    retry = {step: value for step, value in state.retry.items() if step != EPISODES}
    done_to = {**state.done_to, EPISODES: furthest}
    return state.model_copy(update={"segments": left, "done_to": done_to, "retry": retry})


def add_turns(state: ThreadState, turns: Sequence[PlacedTurn], cadence: Cadence) -> ThreadState:
    """The state after these turns were committed, with the segments that end within them.

    While episodes are off no segment is open: the first one after that begins with the next chunk.
    """
    if not cadence.episode_every:
        return state.model_copy(update={"open_segment": None, "settle_to": 0})
    ended, still_open = cut_segments(state.open_segment, turns, cadence.segments)
    segments = [*state.segments, *ended]
    cut = state.model_copy(update={"segments": segments, "open_segment": still_open})
    return settle_segments(cut, cadence)
