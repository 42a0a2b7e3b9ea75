"""What is no memory is kept out: before the model is asked, or of what it answers.

The first two tests are about the input of the prompt, the others about the filter of its answer.
"""

import pytest

from shared.domain.small_talk import is_small_talk
from shared.domain.turns import Turn
from shared.services.transcript import may_be_shown
from tests.unit.admission import negatives, positives, trivial_turns
from tests.unit.admission.careless_model import admit, answered


def test_the_corpora_are_as_large_as_they_have_to_be() -> None:
    cases = [*trivial_turns.TRIVIAL, *negatives.CASES]
    assert len(set(map(str, cases))) >= 180
    assert len(set(positives.CASES)) >= 60


@pytest.mark.parametrize("content", trivial_turns.TRIVIAL)
def test_a_trivial_turn_costs_no_call(content: str) -> None:
    assert is_small_talk(content)


@pytest.mark.parametrize(("role", "shown"), [("system", False), ("user", True), ("tool", True)])
def test_a_system_prompt_is_shown_to_no_model(role: str, shown: bool) -> None:
    turn = Turn(id="t", role=role, content="You are kind.", created_at="2026-01-01T00:00:00+00:00")
    assert may_be_shown(turn) == shown


@pytest.mark.parametrize(("reason", "role", "said", "fact"), negatives.CASES)
def test_what_is_no_memory_is_dropped_though_its_quote_is_right(
    reason: str, role: str, said: str, fact: str
) -> None:
    admission = admit([(role, said)], answered(fact, said))
    assert admission.facts == []
    assert dict(admission.objections) == {reason: 1}


@pytest.mark.parametrize("said", [case[2] for case in negatives.CASES])
@pytest.mark.parametrize("role", ["tool", "system"])
def test_what_a_tool_or_the_system_said_is_no_memory_whatever_it_is(role: str, said: str) -> None:
    admission = admit([(role, said)], answered("The user likes tea.", said))
    assert admission.facts == []


@pytest.mark.parametrize(("role", "said", "fact"), positives.CASES)
def test_a_true_fact_passes(role: str, said: str, fact: str) -> None:
    admission = admit([(role, said)], answered(fact, said))
    assert dict(admission.objections) == {}
    [kept] = admission.facts
    assert kept.content == fact
    assert kept.source == role


@pytest.mark.parametrize(("role", "said", "fact"), positives.CASES)
def test_a_true_fact_passes_beside_small_talk_and_other_turns(
    role: str, said: str, fact: str
) -> None:
    around = [("user", "Hello!"), ("agent", "How can I help?"), (role, f"Well... {said}")]
    around += [("tool", '{"ok": true}'), ("agent", "Noted, thank you.")]
    admission = admit(around, answered(fact, said, "t3"))
    assert [kept.content for kept in admission.facts] == [fact]


def test_small_talk_proves_a_fact_only_as_the_answer_to_a_question() -> None:
    fact = answered("The user prefers evening flights.", "Evening", "t2")
    asked = admit([("agent", "Mornings or evenings?"), ("user", "Evening!")], fact)
    assert [kept.content for kept in asked.facts] == ["The user prefers evening flights."]
    unasked = admit([("agent", "Welcome back."), ("user", "Evening!")], fact)
    assert (unasked.facts, dict(unasked.objections)) == ([], {"passing": 1})
    thanked = admit(
        [("agent", "Anything else?"), ("user", "thanks")],
        answered("The user thanked the agent.", "thanks", "t2"),
    )
    assert dict(thanked.objections) == {"passing": 1}
