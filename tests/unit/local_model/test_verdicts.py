"""Which statements repeat, and which replace, an earlier one."""

import pytest

from local.model.answers.verdicts import StatementsInForce, Verdict
from local.model.language.slots import read_slot


def judge_second(first: str, second: str) -> Verdict:
    in_force = StatementsInForce()
    in_force.add_known("k1", first)
    return in_force.judge("f0", second)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("The user lives in Hamburg.", "The user moved to Bremen on 16 March 2026."),
        ("Ana works at Contoso as a nurse.", "Ana started working at Fabrikam in May 2026."),
        ("The user's favourite colour is blue.", "The user's favorite colour is green these days."),
        ("Blue is the user's favourite colour.", "The user's favourite colour is green."),
        ("The user's budget is 1,500 euros.", "The user's budget is now 1,800 euros."),
        ("The user prefers window seats.", "The user prefers aisle seats now."),
        ("Ana prefers trains over planes.", "Ana prefers planes over trains for long trips."),
        ("Ana likes green tea.", "Ana hates green tea now."),
        ("Ana likes green tea.", "Ana no longer likes green tea."),
        ("Ana eats meat.", "Ana no longer eats meat."),
        ("Ana is vegetarian.", "In 2026, Ana became vegan."),
        ("Ana plays tennis.", "Ana does not play tennis anymore."),
        ("The user drives a Volvo.", "The user drives an electric Renault."),
        ("The user's name is Ana.", "The user's name is Anna."),
        (
            "The user wants the agent to always answer in German.",
            "The user wants the agent to answer in English.",
        ),
    ],
)
def test_a_new_value_replaces_the_earlier_one(earlier: str, later: str) -> None:
    assert judge_second(earlier, later) == Verdict(None, ("k1",))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("Ana lives in Hamburg.", "Ben lives in Bremen."),
        ("Ana lives in Hamburg.", "Ana used to live in Bremen."),
        ("Ana likes green tea.", "Ana likes black coffee."),
        ("Ana likes green tea.", "Ana loves green tea."),
        ("Ana prefers window seats.", "Ana prefers quiet hotels."),
        ("Ana's favourite colour is blue.", "Ana's favourite food is pasta."),
        ("Ana's budget for food is 200 euros.", "Ana's budget for rent is 900 euros."),
        ("Ana has a dog.", "Ana has a cat."),
    ],
)
def test_another_matter_replaces_nothing(earlier: str, later: str) -> None:
    assert judge_second(earlier, later) == Verdict(None, ())


def test_a_repeat_differs_in_case_and_punctuation_at_most() -> None:
    assert judge_second("Ana likes tea.", "ana likes tea") == Verdict("k1", ())
    assert judge_second("Ana likes tea.", "Ana likes teas.").duplicate_of is None


def test_what_was_replaced_can_come_back() -> None:
    in_force = StatementsInForce()
    assert in_force.judge("f0", "Ana likes tea.") == Verdict(None, ())
    assert in_force.judge("f1", "Ana hates tea.") == Verdict(None, ("f0",))
    assert in_force.judge("f2", "Ana likes tea.") == Verdict(None, ("f1",))


def test_every_known_holder_of_a_matter_is_replaced() -> None:
    in_force = StatementsInForce()
    in_force.add_known("k1", "Ana lives in Rome.")
    in_force.add_known("k2", "Ana lives in Oslo with Ben.")
    assert in_force.judge("f0", "Ana moved to Paris.") == Verdict(None, ("k1", "k2"))


def test_an_event_settles_no_matter() -> None:
    assert read_slot("On 5 May 2023, Ana went to a concert.") is None
    assert read_slot("Nothing of the sort") is None
