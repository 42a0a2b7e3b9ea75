"""What a stored fact becomes when it is said again and again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.absorbing import absorb_fact
from shared.domain.facts import Evidence, GroundedFact, build_fact_document
from shared.domain.forgetting import forget_turns
from shared.domain.provenance import MOST_EVIDENCE, MOST_SOURCES
from tests.unit.domain.fact_histories import KEY, fact


def said(number: int, *, cites: int = 0) -> GroundedFact:
    """A saying with a quote from a turn of its own, which may cite others."""
    turn_id = f"turn-{number}"
    cited = [f"{turn_id}-cited-{n}" for n in range(cites)]
    return fact("is Ana", f"{number:04}").model_copy(
        update={
            "source_turn_ids": [turn_id, *cited],
            "evidence": [Evidence(turn_id=turn_id, quote=f"I am Ana, {number}")],
        }
    )


def say_often(times: int, cites: int = 0) -> dict[str, Any]:
    document = build_fact_document(said(0, cites=cites), KEY, None, ("p", "1"))
    for number in range(1, times):
        again = said(number, cites=cites)
        document = absorb_fact(document, again, revive=False) or document
        assert absorb_fact(document, again, revive=False) is None
    return document


def quoted(document: dict[str, Any]) -> list[str]:
    return [piece["turn_id"] for piece in document["metadata"]["evidence"]]


def test_a_fact_that_is_said_often_keeps_its_first_proof_and_the_newest() -> None:
    document = say_often(300)
    newest = [f"turn-{number}" for number in range(300 - MOST_EVIDENCE + 1, 300)]
    assert quoted(document) == ["turn-0", *newest]
    others = [f"turn-{number}" for number in range(300 - MOST_SOURCES + 1, 300)]
    assert document["source_turn_ids"] == ["turn-0", *others]
    assert document["metadata"]["last_said_at"] == "0299"


@given(st.integers(1, 140), st.integers(0, 19))
def test_no_number_of_sayings_makes_a_fact_grow_without_end(times: int, cites: int) -> None:
    document = say_often(times, cites)
    assert len(quoted(document)) == min(times, MOST_EVIDENCE)
    assert len(document["source_turn_ids"]) <= MOST_SOURCES
    assert set(quoted(document)) <= set(document["source_turn_ids"])
    assert set(said(times - 1, cites=cites).source_turn_ids) <= set(document["source_turn_ids"])


def test_a_chunk_that_quotes_more_than_is_kept_is_no_exception() -> None:
    many = [Evidence(turn_id="turn-1", quote=f"quote {n}") for n in range(80)]
    once = said(1).model_copy(update={"evidence": many})
    document = build_fact_document(once, KEY, None, ("p", "1"))
    assert len(quoted(document)) == MOST_EVIDENCE
    again = said(2).model_copy(update={"evidence": many[40:]})
    changed = absorb_fact(document, again, revive=False)
    assert changed is not None
    assert len(quoted(changed)) == MOST_EVIDENCE


def test_a_fact_stays_when_a_turn_is_forgotten_whose_proof_it_does_not_keep() -> None:
    document = say_often(300)
    assert forget_turns(document, ["turn-7"]) == document
    kept = forget_turns(document, ["turn-7", "turn-299"])
    assert kept is not None
    assert "turn-299" not in {*quoted(kept), *kept["source_turn_ids"]}
    assert forget_turns(document, [f"turn-{number}" for number in range(300)]) is None
