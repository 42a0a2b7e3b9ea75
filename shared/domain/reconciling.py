"""Which of a user's facts end when they are compared with one another."""

from collections.abc import Mapping, Sequence

from shared.domain.facts import KnownFact
from shared.domain.turns import Frozen

REASONS = ("contradict", "update", "duplicate")
_BY_TIME = ("contradict", "update")


class AnsweredPair(Frozen):
    """A pair as the model answers it, by the prompt's labels."""

    winner: str
    loser: str
    reason: str


class ReconcileAnswer(Frozen):
    """The model's whole answer to one reconciliation prompt."""

    pairs: list[AnsweredPair]


class Ending(Frozen):
    """A fact that holds no more, the fact that took its place, and why."""

    loser_id: str
    loser_thread_id: str
    loser_created_at: str
    winner_id: str
    reason: str
    loser_last_said_at: str | None = None

    @property
    def loser(self) -> KnownFact:
        """The fact that ends, as it was when that was decided; its content is not kept."""
        return KnownFact(
            id=self.loser_id,
            thread_id=self.loser_thread_id,
            content="",
            created_at=self.loser_created_at,
            last_said_at=self.loser_last_said_at,
        )


def decide_endings(pairs: Sequence[AnsweredPair], facts: Mapping[str, KnownFact]) -> list[Ending]:
    """The facts that end; `facts` are keyed by the labels that the prompt showed.

    Of a contradiction or an update the fact that was said last stays, whatever the model says; a
    fact ends once, one that has ended ends no other, and an agent's ends no user's. Labels that
    name nothing, and pairs of a fact with itself, are left out.
    """
    endings: dict[str, Ending] = {}
    for pair in pairs:
        winner, loser = facts.get(pair.winner), facts.get(pair.loser)
        if winner is None or loser is None or winner.id == loser.id or pair.reason not in REASONS:
            continue
        if pair.reason in _BY_TIME and loser.said_at > winner.said_at:
            winner, loser = loser, winner
        if winner.id in endings or loser.id in endings:
            continue
        if (loser.source, winner.source) == ("user", "agent"):
            continue
        endings[loser.id] = Ending(
            loser_id=loser.id,
            loser_thread_id=loser.thread_id,
            loser_created_at=loser.created_at,
            loser_last_said_at=loser.last_said_at,
            winner_id=winner.id,
            reason=pair.reason,
        )
    return list(endings.values())


def keep_standing(endings: Sequence[Ending], winners: Mapping[str, KnownFact]) -> list[Ending]:
    """The endings whose winner, as it is stored now, still holds.

    One that these endings themselves have ended meanwhile counts as holding: they are being written
    again. One that was ended by anything else, or forgotten, ends nothing any more, for what ended
    it may be the very fact that it was to end.
    """
    ours = {ending.loser_id: ending.winner_id for ending in endings}
    return [
        ending
        for ending in endings
        if (winner := winners.get(ending.winner_id))
        and (not winner.superseded_by or winner.superseded_by == ours.get(winner.id))
    ]
