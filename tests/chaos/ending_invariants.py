"""How turns may have ended when all is at rest: with the outcome, or the letter, that they earn."""

from collections.abc import Iterator

from tests.chaos.allowance import Allowance
from tests.chaos.fates import Fates
from tests.chaos.ledger_invariants import find_latest
from tests.chaos.store import Snapshot
from tests.chaos.violations import Violation, turn_key
from tests.chaos.workload import Document, PlannedTurn

_GIVEN_UP = ("retries_exhausted", "not_counted")


def check_endings(snapshot: Snapshot, fates: Fates) -> Iterator[Violation]:
    """A turn that is there was processed, and one that says something was extracted or refused.

    Nobody else processes turns, and nothing is switched off or withheld from the model.
    """
    latest = find_latest(snapshot)
    for turn in fates.written:
        outcomes: dict[str, str] = latest[turn.key]["outcomes"] if turn.key in latest else {}
        outcome = outcomes.get(turn.turn_id)
        if outcome is not None and outcome not in _expect_outcomes(turn, fates):
            yield Violation("lost", f"turn {turn.number} ({turn.kind}) has ended as {outcome}")


def _expect_outcomes(turn: PlannedTurn, fates: Fates) -> set[str]:
    expected = {"extracted", "dead_lettered"}
    if turn.fact is None:
        expected.add("trivial")
    # What expires may do so before it is looked at.
    if turn not in fates.living or turn.is_short_lived or turn.number in fates.restored:
        expected.add("gone")
    return expected


def check_reasons(snapshot: Snapshot, fates: Fates, allowance: Allowance) -> Iterator[Violation]:
    """A dead letter has a reason that its seed gives rise to."""
    numbers = {turn.key: turn.number for turn in fates.written}
    for letter in snapshot.of_type("dead_letter"):
        number = numbers.get(turn_key(letter))
        if number is None:
            yield Violation("duplicated", f"{letter['id'][:12]} is the letter of no turn")
        elif not _is_earned(letter, number, allowance):
            why = f"{letter['error_code']} ({letter['reason']})"
            yield Violation("lost", f"turn {number} is a dead letter: {why}")


def _is_earned(letter: Document, number: int, allowance: Allowance) -> bool:
    if letter["error_code"] in _GIVEN_UP or letter["reason"] == "no_answer":
        return allowance.gives_up
    refused = allowance.refuses_any or number in allowance.refused
    return letter["error_code"] == "model_refused" and refused
