"""Turns that are counted and wait for their chunk, for the first time or once more."""

from shared.domain.turns import Frozen


class Reopened(Frozen):
    """What is kept of a dead letter whose turn is tried again: the tries so far, and the first."""

    attempts: int
    first_at: str


class PendingTurn(Frozen):
    """A counted turn that is in no chunk; `reopened` if it was in one that did not process it.

    With a `generation` it was in a chunk before, and is processed anew; for one whose letter is
    `retried` no generation waits. `arrived_at` is its Unix time in Cosmos DB, 0 if unknown.
    """

    turn_id: str
    arrived_at: int = 0
    reopened: Reopened | None = None
    generation: int = 0
    retried: bool = False
