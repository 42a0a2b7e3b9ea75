"""Opening closed turns again: of dead letters, and of whole threads for a new generation."""

from collections.abc import Mapping

from shared.domain.reprocess import Reprocess
from shared.domain.thread_state import SUMMARIZE, Cadence, ThreadState


def reopen_turns(state: ThreadState, outcomes: Mapping[str, int]) -> ThreadState:
    """The state with turns open again, wanted at once; `outcomes` counts how they had ended."""
    closed = state.closed - sum(outcomes.values())
    left = {name: count - outcomes.get(name, 0) for name, count in state.outcomes.items()}
    return state.model_copy(
        update={
            "closed": closed,
            "summarized": min(state.summarized, closed),
            "outcomes": left,
            "flush_to": state.arrived,
        }
    )


def begin_generation(state: ThreadState, generation: int, since: int) -> ThreadState:
    """The state that owes a generation of the turns that arrived at or after `since`.

    One that has the generation, or a later one, stays as it is. What an unfinished earlier one had
    left to do becomes part of this one.
    """
    if state.generation >= generation:
        return state
    before = state.reprocess
    begun = Reprocess(
        generation=generation,
        since=min(since, before.since) if before else since,
        open=before.open if before else 0,
    )
    return state.model_copy(update={"generation": generation, "reprocess": begun})


def reopen_batch(
    state: ThreadState, reprocess: Reprocess, outcomes: Mapping[str, int], after: str
) -> ThreadState:
    """The state after a batch of turns was opened for a generation, up to the mark `after`."""
    opened = sum(outcomes.values())
    progress = reprocess.model_copy(update={"open": reprocess.open + opened, "after": after})
    reopened = reopen_turns(state, outcomes) if opened else state
    return reopened.model_copy(update={"reprocess": progress})


def finish_reopening(state: ThreadState, reprocess: Reprocess, cadence: Cadence) -> ThreadState:
    """The state with all turns of the generation open: from here on they are worked off.

    Where every closed turn was opened the summary begins from nothing, past the chunks so far.
    Otherwise it keeps what it says, for some of its turns may exist nowhere else any more, and the
    new chunks are folded into it. Where no turn was opened there is nothing left to do.
    """
    if not reprocess.open:
        return state.model_copy(update={"reprocess": None})
    update: dict[str, object] = {"reprocess": reprocess.model_copy(update={"reopening": False})}
    if cadence.summarize_every:
        update["refresh_to"] = state.arrived
        if state.closed <= 0:
            done_to = {**state.done_to, SUMMARIZE: state.chunks}
            update |= {"rebuild_summary": True, "summarized": 0, "done_to": done_to}
    return state.model_copy(update=update)
