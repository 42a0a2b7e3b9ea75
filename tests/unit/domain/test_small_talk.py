import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.small_talk import leave_out_trivial
from shared.domain.turns import Turn


def conversation(*said: tuple[str, str]) -> list[Turn]:
    return [
        Turn(id=f"t{n}", role=role, content=content, created_at="2026-01-01T00:00:00+00:00")
        for n, (role, content) in enumerate(said)
    ]


def kept(*said: tuple[str, str]) -> list[str]:
    return [turn.content for turn in leave_out_trivial(conversation(*said))]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "   ",
        "...",
        "👍",
        "Hi!",
        "hello there",
        "THANKS so much!!",
        "You're welcome",
        "Ok, great.",
        "good morning",
        "haha wow",
        "you’re welcome",
        "bye",
    ],
)
def test_small_talk_is_not_worth_a_model_call(content: str) -> None:
    assert kept(("user", content)) == []


@pytest.mark.parametrize(
    "content",
    [
        "yes",
        "no",
        "sure",
        "Hi, I am Ana",
        "42",
        "日本",
        "thanks, but I hate tea",
        "not great",
        "I'm vegan",
        "ok " * 9,
    ],
)
def test_anything_that_may_hold_a_memory_is_kept(content: str) -> None:
    assert kept(("user", content)) == [content]


@given(st.text(max_size=30), st.sampled_from(["vegan", "Ana", "7", "nein"]))
def test_one_word_that_is_no_small_talk_is_enough_to_keep_a_turn(before: str, word: str) -> None:
    assert kept(("user", f"{before} {word}")) == [f"{before} {word}"]


ASKED = "Shall I always book mornings or evenings?"


@pytest.mark.parametrize(
    "reply", ["Evening", "Nice", "Okay", "Great!", "Tak", "Por la tarde", "Tarde", "👍", "Merci"]
)
@pytest.mark.parametrize(
    "question",
    [
        ASKED,
        "Which city? Tell me.",
        "何時がよろしいですか。",
        "要上午还是晚上吗",
        "صباحا أم مساء؟",
        "เช้าหรือเย็นดีไหม",
    ],
)
def test_what_may_answer_an_agents_question_is_kept(question: str, reply: str) -> None:
    assert kept(("agent", question), ("user", reply)) == [question, reply]


@pytest.mark.parametrize("between", [[("tool", '{"free": 3}')], [("user", "hmm")], []])
def test_a_question_stands_until_the_user_has_said_more(between: list[tuple[str, str]]) -> None:
    said = [("agent", ASKED), *between, ("user", "Evening")]
    assert kept(*said)[-1] == "Evening"
    assert kept(*said, ("user", "I mean after six"), ("user", "thanks"))[-1] == "I mean after six"


def test_a_question_is_over_when_the_agent_goes_on_without_one() -> None:
    said = [("agent", ASKED), ("agent", "I ask for your calendar."), ("user", "Evening")]
    said += [("agent", "Evenings it is."), ("user", "Great, thanks"), ("agent", "Bye!")]
    assert kept(*said) == [ASKED, "I ask for your calendar.", "Evening", "Evenings it is."]


@pytest.mark.parametrize("signs", ["", "...", "?!", "\u200b", "---"])
def test_signs_answer_nothing(signs: str) -> None:
    assert kept(("agent", ASKED), ("user", signs)) == [ASKED]


@pytest.mark.parametrize(
    "asked",
    [
        ("agent", "I have booked it."),
        ("agent", "See https://x.example/?a=b"),
        ("tool", "Which city?"),
        ("user", "Which city?"),
    ],
)
def test_where_no_agent_asks_small_talk_is_left_out(asked: tuple[str, str]) -> None:
    assert kept(asked, ("user", "Nice")) == [asked[1]]


def test_an_agents_own_small_talk_answers_nothing() -> None:
    assert kept(("user", "Is it booked?"), ("agent", "Perfect!")) == ["Is it booked?"]
