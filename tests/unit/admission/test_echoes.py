"""An agent that repeats what its user has said gives no new fact."""

import pytest

from shared.domain.facts import KnownFact
from tests.unit.admission.careless_model import admit, answered

KNOWN = [
    KnownFact(id="fact_1", thread_id="t", content="The user lives in Hamburg with two cats."),
    KnownFact(id="fact_2", thread_id="t", content="The agent booked table 7.", source="agent"),
]
REPLY = ("agent", "Since you live in Hamburg with two cats, try the harbour.")


@pytest.mark.parametrize(
    "text",
    [
        "The user lives in Hamburg with two cats.",
        "the user  LIVES in hamburg with two cats.",
        "The user is living in Hamburg with two cats.",
        "User lives with two cats in Hamburg",
    ],
)
def test_a_recalled_memory_in_an_agents_reply_is_no_new_fact(text: str) -> None:
    admission = admit([REPLY], answered(text, REPLY[1]), known=KNOWN)
    assert (admission.facts, dict(admission.objections)) == ([], {"echo": 1})


def test_what_the_model_calls_a_duplicate_of_a_users_fact_is_an_echo_in_any_words() -> None:
    answer = answered("He dwells by the Elbe.", REPLY[1], duplicate_of="k1")
    assert admit([REPLY], answer, known=KNOWN).facts == []


def test_an_echo_of_what_the_user_has_just_said_is_none_either() -> None:
    said = [("user", "I own a boat"), ("agent", "A boat, how nice that you own one")]
    admission = admit(
        said,
        answered("The user owns a boat.", "I own a boat"),
        answered("The user has a vessel.", "that you own one", "t2", duplicate_of="f0"),
        answered("The user owns a boat", "that you own one", "t2"),
    )
    assert [(fact.content, fact.source) for fact in admission.facts] == [
        ("The user owns a boat.", "user")
    ]


def test_a_verdict_that_names_an_echo_is_left_out() -> None:
    said = [REPLY, ("user", "I moved to Bremen")]
    admission = admit(
        said,
        answered("The user lives in Hamburg with two cats.", REPLY[1]),
        answered("The user moved to Bremen.", "I moved to Bremen", "t2", supersedes=["f0", "k1"]),
        known=KNOWN,
    )
    [kept] = admission.facts
    assert kept.supersedes == ["fact_1"]


@pytest.mark.parametrize(
    "text",
    [
        "The user does not live in Hamburg with two cats.",
        "The agent recommended the harbour.",
        "The user lives in Bremen with two dogs.",
    ],
)
def test_something_else_said_by_an_agent_is_a_fact_of_its_own(text: str) -> None:
    [kept] = admit([REPLY], answered(text, REPLY[1]), known=KNOWN).facts
    assert kept.source == "agent"


def test_a_user_who_says_it_again_and_an_agent_who_repeats_himself_are_no_echo() -> None:
    again = ("user", "I live in Hamburg with two cats")
    answer = answered("The user lives in Hamburg with two cats.", again[1], duplicate_of="k1")
    [kept] = admit([again], answer, known=KNOWN).facts
    assert kept.duplicate_of == "fact_1"
    booked = ("agent", "I booked table 7")
    answer = answered("The agent booked table 7.", booked[1], duplicate_of="k2")
    [kept] = admit([booked], answer, known=KNOWN).facts
    assert kept.duplicate_of == "fact_2"


def test_the_answer_to_a_users_question_is_not_his() -> None:
    said = [("user", "What is my wire limit?"), ("agent", "Your wire limit is unlimited.")]
    answer = answered("The user's wire limit is unlimited.", "What is my wire limit?")
    assert dict(admit(said, answer).objections) == {"borrowed": 1}


@pytest.mark.parametrize("reply", ["Yes, I do.", "Exactly!", "the second one", "Ja genau", "はい"])
def test_what_a_user_confirms_is_his(reply: str) -> None:
    said = [("agent", "Do you prefer window seats on long flights?"), ("user", reply)]
    answer = answered("The user prefers window seats on long flights.", reply, "t2")
    [kept] = admit(said, answer).facts
    assert kept.source == "user"


def test_what_was_put_to_a_user_who_talks_of_other_things_is_not_his() -> None:
    said = [
        ("agent", "Your wire limit is unlimited now."),
        ("user", "My dog Bo ate the garden hose"),
    ]
    answer = answered("The user's wire limit is unlimited.", "My dog Bo ate", "t2")
    assert dict(admit(said, answer).objections) == {"borrowed": 1}
