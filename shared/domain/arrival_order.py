"""The facts of a chunk in the order in which their turns arrived."""

from collections.abc import Sequence

from shared.domain.facts import GroundedFact


def number_by_arrival(facts: Sequence[GroundedFact], turn_ids: Sequence[str]) -> list[GroundedFact]:
    """The facts with their `order`: by the place of the turn that grounds them, then as answered.

    Turns without a date, or imported ones, share an event time; a change of mind among them is then
    told by what came last.
    """
    place = {turn_id: index for index, turn_id in enumerate(turn_ids)}
    arrived = sorted(range(len(facts)), key=lambda i: place.get(facts[i].evidence[0].turn_id, -1))
    order = {index: rank for rank, index in enumerate(arrived)}
    return [fact.model_copy(update={"order": order[n]}) for n, fact in enumerate(facts)]
