"""What a speaker says of themselves is told in the third person, or not at all."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.model.language.rewrite import Speaker
from local.model.language.statements import find_statements

USER = Speaker("the user", is_agent=False)
AGENT = Speaker("the agent", is_agent=True)
ANA = Speaker("Ana", is_agent=False)
MONDAY = date(2026, 3, 2)


def read(text: str, speaker: Speaker = USER, spoken_on: date | None = MONDAY) -> list[str]:
    return [statement.text for statement in find_statements(text, speaker, spoken_on)]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("I like green tea.", "The user likes green tea."),
        ("i study law in coimbra", "The user studies law in coimbra."),
        ("I have a dog called Rex.", "The user has a dog called Rex."),
        ("I've got two cats at home.", "The user has two cats at home."),
        ("I'm allergic to peanuts.", "The user is allergic to peanuts."),
        ("I am not a vegetarian.", "The user is not a vegetarian."),
        ("I’m learning Portuguese.", "The user is learning Portuguese."),
        ("Im learning Portuguese now", "The user is learning Portuguese now."),
        ("I was born in Naples.", "The user was born in Naples."),
        ("I've never been to Portugal.", "The user has never been to Portugal."),
        ("I don't drink coffee.", "The user does not drink coffee."),
        ("I do not eat red meat.", "The user does not eat red meat."),
        ("I can't eat shellfish.", "The user cannot eat shellfish."),
        ("I can speak three languages.", "The user can speak three languages."),
        ("I'd rather take the train.", "The user would rather take the train."),
        ("I'd love to visit Japan.", "The user would love to visit Japan."),
        ("I wanna learn the guitar.", "The user wants to learn the guitar."),
        ("I gotta renew my passport.", "The user has to renew their passport."),
        ("I'm gonna study medicine.", "The user is going to study medicine."),
        ("I used to live in Rome.", "The user used to live in Rome."),
        ("I hope to open a bakery.", "The user hopes to open a bakery."),
        ("I read novels every evening.", "The user reads novels every evening."),
        ("I usually cook for my parents.", "The user usually cooks for their parents."),
        ("I sang when I was a child.", "The user sang when they were a child."),
        ("My budget is 1,500 euros.", "The user's budget is 1,500 euros."),
        ("My parents live in Rome.", "The user's parents live in Rome."),
        ("Our daughter Ana plays chess.", "The user's daughter Ana plays chess."),
        (
            "My wife and I are planning a trip to Peru.",
            "The user and their wife are planning a trip to Peru.",
        ),
        ("Me and my husband adopted two cats.", "The user and their husband adopted two cats."),
        ("We live in Porto with my mother.", "The user lives in Porto with their mother."),
        ("Jazz is my favourite kind of music.", "Jazz is the user's favourite kind of music."),
        ("Running helps me clear my head.", "Running helps the user clear their head."),
        ("As a kid, I played the violin.", "As a kid, the user played the violin."),
        ("Wow, thanks! Actually, I just adopted a puppy!", "The user adopted a puppy."),
        ("Hey Mel, I bought a red bicycle.", "The user bought a red bicycle."),
        ("Remember that I hate early flights.", "The user hates early flights."),
        ("Been learning Portuguese lately.", "The user has been learning Portuguese lately."),
        ("I train every day and teach a class.", "The user trains every day and teaches a class."),
        ("I was lucky to find a flat, it was cheap.", "The user was lucky to find a flat."),
    ],
)
def test_a_first_person_statement_is_told_in_the_third_person(said: str, told: str) -> None:
    assert read(said) == [told]


@pytest.mark.parametrize(
    "said",
    [
        "How are you?",
        "Do I like green tea?",
        "Thanks a lot, that's very kind!",
        "I think so, too.",
        "I see what you mean.",
        "I'm so happy for you!",
        "I can't wait to hear about it.",
        "I hate Mondays.",  # under four words
        "I love it so much.",
        "I made this for them.",
        "I gave him the book.",
        "I'll let you know tomorrow.",
        "I couldn't agree more with that.",
        "I wish I had a garden.",
        "I hope everything is fine.",
        "She lives in Paris with her dog.",
        "It was an amazing trip to Peru.",
        "I flibber the marklar daily.",  # an unknown verb
        "I went to the",
        "[shares a photo of a man who says I like tea]",
        "Never give up on your dreams.",
        "Please find me a hotel in Lisbon.",
    ],
)
def test_small_talk_and_what_cannot_stand_alone_are_left_out(said: str) -> None:
    assert read(said) == []


def test_two_statements_of_one_sentence_are_told_apart() -> None:
    told = find_statements("I love coconut milk, but I also enjoy dark chocolate.", USER, None)
    assert [statement.text for statement in told] == [
        "The user loves coconut milk.",
        "The user also enjoys dark chocolate.",
    ]
    assert {statement.quote for statement in told} == {
        "I love coconut milk, but I also enjoy dark chocolate."
    }


def test_every_verb_of_a_subject_agrees_with_it() -> None:
    assert read("I live in Berlin and work as a nurse.") == [
        "The user lives in Berlin and works as a nurse."
    ]
    assert read("I want to move to Berlin and work as a nurse.") == [
        "The user wants to move to Berlin and work as a nurse."
    ]


@pytest.mark.parametrize(
    "said",
    [
        "I have friends who live in Rome and want to travel.",
        "I usually watch films, hike, and have games at my place.",
        "I hurt my knee and need a doctor.",
    ],
)
def test_a_sentence_that_might_be_mangled_is_dropped(said: str) -> None:
    assert read(said) == []


def test_remarks_behind_a_statement_are_cut_off() -> None:
    assert read("I went to a concert in Porto and it was so powerful.") == [
        "The user went to a concert in Porto."
    ]
    assert read("I'm a big fan of pottery - the creativity is awesome.") == [
        "The user is a big fan of pottery."
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Please always answer in German.", "The user wants the agent to always answer in German."),
        (
            "Please never book flights before 9 am.",
            "The user wants the agent to never book flights before 9 am.",
        ),
        ("From now on, keep answers short.", "The user wants the agent to keep answers short."),
        ("Please don't call my office.", "The user wants the agent not to call their office."),
        ("I want you to use metric units.", "The user wants the agent to use metric units."),
        ("Always send me invoices.", "The user wants the agent to always send them invoices."),
    ],
)
def test_a_standing_request_is_a_wish_about_the_agent(said: str, told: str) -> None:
    assert read(said) == [told]
    assert read(said, AGENT) == []


def test_a_speaker_is_called_by_name() -> None:
    assert read("I sold my car. My new bike is a blue Gazelle.", ANA) == [
        "Ana sold their car.",
        "Ana's new bike is a blue Gazelle.",
    ]


def test_an_agent_tells_what_it_did_but_not_what_it_could_do() -> None:
    said = (
        "I can help with that. I booked a table at Ramiro. My pleasure is all mine. We offer tea."
    )
    assert read(said, AGENT) == ["The agent booked a table at Ramiro."]


def test_an_agent_with_a_name_speaks_of_its_own_like_anybody() -> None:
    melanie = Speaker("Melanie", is_agent=True)
    assert read("My kids love nature. We have a kitty.", melanie) == [
        "Melanie's kids love nature.",
        "Melanie has a kitty.",
    ]


def test_dates_are_told_from_the_day_of_the_turn() -> None:
    (told,) = find_statements("Last week I joined a chess club.", USER, MONDAY)
    assert told.text == "In the week of 23 February 2026, the user joined a chess club."
    assert told.temporal_context == "Last week"
    assert told.quote == "Last week I joined a chess club."


def test_without_a_day_dates_stay_as_they_were_said() -> None:
    (told,) = find_statements("I joined a chess club last week.", USER, None)
    assert told.text == "The user joined a chess club last week."
    assert told.temporal_context is None


WORDS = st.sampled_from(
    """
    I I'm I've my we and but , . ! like went to have a dog in Rome last Friday please always the
    never don't is was that it you tea - ( " ' … yesterday 5 May on work live
    """.split()  # noqa: SIM905 - a list of words reads best as text
)


@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=200))
def test_any_turn_gives_whole_sentences_with_verbatim_quotes(text: str) -> None:
    for statement in find_statements(text, USER, MONDAY):
        assert statement.quote in text
        assert statement.text.endswith(".")
        assert len(statement.text.split()) >= 3
        assert " I " not in f" {statement.text} "
        assert " my " not in f" {statement.text} "


@pytest.mark.parametrize(
    "text", ["x y. " * 20_000, "I like tea. " * 8_000, "[" * 90_000, "and I " * 90, "my a, " * 90]
)
def test_long_and_odd_turns_are_read_in_time(text: str) -> None:
    started = time.monotonic()
    assert len(find_statements(text, USER, None)) <= 1
    assert time.monotonic() - started < 3


def test_a_turn_gives_twelve_statements_at_most() -> None:
    text = " ".join(f"I bought lamp number{n} in Rome." for n in range(30))
    assert len(read(text)) == 12
