"""Editions of a thread's summary: it is begun anew when it tells of turns that are gone."""

from collections.abc import Mapping
from typing import Any

from shared.domain.thread_state import SUMMARIZE, ThreadState


def edition_of(metadata: Mapping[str, Any]) -> int:
    """How often the summary with this metadata was begun anew."""
    return int(metadata.get("edition") or 0)


def begin_summary_anew(state: ThreadState, first_chunk: int, *, refresh: bool) -> ThreadState:
    """The state that owes a new edition of the summary, from this chunk on.

    It is due at once if `refresh` says so. One that is to begin from nothing anyway begins where it
    would have.
    """
    edition = {"summary_edition": state.summary_edition + 1}
    if state.rebuild_summary:
        return state.model_copy(update=edition)
    return state.model_copy(
        update={
            **edition,
            "summarized": 0,
            "fold_to": 0,
            "done_to": {**state.done_to, SUMMARIZE: first_chunk - 1},
            "retry": {step: retry for step, retry in state.retry.items() if step != SUMMARIZE},
            "refresh_to": max(state.refresh_to, state.closed) if refresh else 0,
        }
    )
