"""A generation of a thread's memories: which turns are processed anew for it, and how far that is.

A generation has a number that grows with every request to process turns anew, over all users. A
turn's mark carries the generation under which it was last opened or closed; 0 stands for the first.
"""

from shared.domain.turns import Frozen

RETIRED = "update"
"""The reason of a memory's end where a later generation did not derive it again."""
DERIVING_OUTCOMES = ("extracted", "trivial")
"""The outcomes of turns that were looked at: what rests on them alone could be derived again."""


def was_retired(superseded_by: str | None, reason: str | None) -> bool:
    """Whether a generation has ended the memory: a ledger record stands where a winner would.

    A memory that another one updates has the same reason, and that one's id.
    """
    return reason == RETIRED and (superseded_by or "").startswith("chunk:")


class Reprocess(Frozen):
    """The work of a generation that a thread has not finished.

    Turns that arrived before `since` (Unix seconds) are left as they are. While `reopening`, closed
    turns are opened batch by batch, `after` being the last mark that was looked at. `open` counts
    the opened turns that are in no chunk again: with the last of them memories are owed their end.
    """

    generation: int
    since: int = 0
    reopening: bool = True
    after: str = ""
    open: int = 0


class SeenMark(Frozen):
    """What the mark of a counted turn says.

    `chunk` is None while the turn is open; `outcome` is known from the second generation on.
    """

    id: str
    turn_id: str
    chunk: int | None = None
    generation: int = 0
    outcome: str = ""

    def was_derived_from(self, generation: int) -> bool:
        """Whether a chunk of this generation, or of a later one, looked at the turn."""
        if self.chunk is None or self.generation < generation:
            return False
        return self.outcome in DERIVING_OUTCOMES
