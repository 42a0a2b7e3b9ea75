"""Which facts end when a user's facts are compared with one another."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.facts import KnownFact
from shared.domain.reconciling import AnsweredPair, decide_endings, keep_standing


def known(fact_id: str, at: str) -> KnownFact:
    return KnownFact(id=fact_id, thread_id=f"thread of {fact_id}", content="", created_at=at)


FACTS = {
    "m1": known("young", "2026-03-03"),
    "m2": known("middle", "2026-03-02"),
    "m3": known("old", "2026-03-01"),
}


def pair(winner: str, loser: str, reason: str = "contradict") -> AnsweredPair:
    return AnsweredPair(winner=winner, loser=loser, reason=reason)


def ended(*pairs: AnsweredPair) -> list[tuple[str, str]]:
    return [(ending.loser_id, ending.winner_id) for ending in decide_endings(pairs, FACTS)]


def test_the_loser_of_a_contradiction_ends() -> None:
    [ending] = decide_endings([pair("m1", "m3")], FACTS)
    assert (ending.loser_id, ending.loser_thread_id) == ("old", "thread of old")
    assert (ending.winner_id, ending.reason) == ("young", "contradict")


def test_of_a_contradiction_the_older_fact_ends_whatever_the_model_says() -> None:
    assert ended(pair("m3", "m1")) == [("old", "young")]


def test_of_an_update_the_older_fact_ends_too() -> None:
    [ending] = decide_endings([pair("m3", "m1", "update")], FACTS)
    assert (ending.loser_id, ending.winner_id, ending.reason) == ("old", "young", "update")


def test_an_agents_fact_ends_no_users() -> None:
    of_agent = known("agents", "2026-03-09").model_copy(update={"source": "agent"})
    for reason in ("contradict", "update", "duplicate"):
        assert decide_endings([pair("m9", "m1", reason)], {**FACTS, "m9": of_agent}) == []


def test_of_two_duplicates_the_one_that_the_model_names_ends() -> None:
    assert ended(pair("m3", "m1", "duplicate")) == [("young", "old")]


def test_a_fact_that_has_ended_ends_no_other() -> None:
    assert ended(pair("m1", "m2"), pair("m2", "m3")) == [("middle", "young")]


def test_labels_that_name_nothing_and_reasons_that_are_none_are_left_out() -> None:
    assert ended(pair("m1", "m9"), pair("", "m1"), pair("m2", "m2"), pair("m1", "m2", "x")) == []


def stored(fact_id: str, superseded_by: str | None = None) -> dict[str, KnownFact]:
    return {fact_id: known(fact_id, "").model_copy(update={"superseded_by": superseded_by})}


def test_nothing_ends_by_what_something_else_has_ended_meanwhile() -> None:
    [ending] = endings = decide_endings([pair("m1", "m3")], FACTS)
    assert keep_standing(endings, stored("young")) == [ending]
    assert keep_standing(endings, stored("young", superseded_by="old")) == []
    assert keep_standing(endings, {}) == []


def test_endings_that_are_written_again_stand_although_a_winner_has_ended_by_them() -> None:
    endings = decide_endings([pair("m2", "m3"), pair("m1", "m2")], FACTS)
    assert [ending.loser_id for ending in endings] == ["old", "middle"]
    assert keep_standing(endings, stored("young") | stored("middle", "young")) == endings
    assert keep_standing(endings, stored("young") | stored("middle", "old")) == endings[1:]


@given(
    st.lists(
        st.builds(
            pair,
            st.sampled_from(["m1", "m2", "m3", "m4"]),
            st.sampled_from(["m1", "m2", "m3", "m4"]),
            st.sampled_from(["contradict", "update", "duplicate"]),
        )
    )
)
def test_no_winner_ends_and_no_fact_ends_twice(pairs: list[AnsweredPair]) -> None:
    endings = decide_endings(pairs, FACTS)
    losers = [ending.loser_id for ending in endings]
    assert len(losers) == len(set(losers))
    first_ended: set[str] = set()
    for ending in endings:
        assert ending.winner_id not in first_ended
        first_ended.add(ending.loser_id)
