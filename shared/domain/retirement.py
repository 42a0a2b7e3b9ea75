"""Which memories a generation has left behind: all their turns were looked at, none said them."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import Field

from shared.domain.reprocess import SeenMark, was_retired
from shared.domain.turns import Frozen

type MarksOfTurns = Mapping[str, Sequence[SeenMark]]
"""The marks by turn id; a turn id may stand in several threads of a user."""


class CitingMemory(Frozen):
    """A stored memory that cites turns, without its content; `etag` is the version read."""

    id: str
    thread_id: str
    type: str = ""
    source_turn_ids: list[str] = Field(default_factory=list)
    superseded_by: str | None = None
    supersede_reason: str | None = None
    etag: str = ""

    @property
    def is_active(self) -> bool:
        """Whether nothing has superseded it."""
        return not self.superseded_by

    @property
    def is_retired(self) -> bool:
        """Whether a generation has left it behind."""
        return was_retired(self.superseded_by, self.supersede_reason)


def find_left_behind(
    memories: Sequence[CitingMemory],
    marks: MarksOfTurns,
    derived: Collection[str],
    generation: int,
) -> list[CitingMemory]:
    """The memories that were not derived again although each of their turns was looked at.

    `derived` are the ids of what the generation did derive. A turn that is gone, was refused, was
    processed elsewhere, is still open or was never counted keeps what rests on it.
    """
    return [
        memory
        for memory in memories
        if memory.id not in derived
        and memory.source_turn_ids
        and all(
            _all_marks(marks.get(turn_id, []), generation) for turn_id in memory.source_turn_ids
        )
    ]


def _all_marks(marks: Sequence[SeenMark], generation: int) -> bool:
    return bool(marks) and all(mark.was_derived_from(generation) for mark in marks)


def is_being_derived(turn_ids: Sequence[str], marks: MarksOfTurns, generation: int) -> bool:
    """Whether what rests on these turns waits to be derived anew: all belong to the generation."""
    return bool(turn_ids) and all(
        any(mark.generation >= generation for mark in marks.get(turn_id, []))
        for turn_id in turn_ids
    )
