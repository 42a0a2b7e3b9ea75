"""Facts of a chunk: where they come from, and that a turn's facts are its own."""

import json

from hypothesis import given
from hypothesis import strategies as st

from local.model.answers.extract_memories import extract_memories
from local.model.json_values import Json, JsonObject, as_list, as_objects, as_text


def make_turn(number: int, text: str, speaker: str = "user") -> JsonObject:
    return {"id": f"t{number}", "speaker": speaker, "at": "2026-03-02T09:00:00+00:00", "text": text}


def extract(turns: list[JsonObject], known: list[JsonObject] | None = None) -> list[JsonObject]:
    answer = extract_memories(json.dumps({"turns": turns, "known": known or []}))
    return as_objects(answer["facts"])


def test_a_fact_names_its_turn_and_quotes_it_verbatim() -> None:
    (fact,) = extract([make_turn(1, "Hello there!"), make_turn(2, "Hm. I adopted a cat last May!")])
    assert fact == {
        "text": "The user adopted a cat in May 2025.",
        "category": "biographical",
        "confidence": 0.95,
        "salience": 0.8,
        "temporal_context": "last May",
        "tags": ["pets"],
        "turn_ids": ["t2"],
        "quote": "I adopted a cat last May!",
        "duplicate_of": None,
        "supersedes": [],
        "updates": [],
        "entities": [],
    }


def test_a_name_takes_the_place_of_the_role() -> None:
    turn = {**make_turn(1, "I adopted a cat."), "name": "Caroline"}
    assert extract([turn])[0]["text"] == "Caroline adopted a cat."


def test_tools_and_systems_tell_no_facts() -> None:
    for speaker in ("tool", "system", "stranger"):
        assert extract([make_turn(1, "I adopted a cat.", speaker)]) == []


def test_verdicts_refer_to_known_and_to_earlier_facts_by_their_labels() -> None:
    facts = extract(
        [
            make_turn(1, "I prefer aisle seats now."),
            make_turn(2, "I live in Rome with Ben."),
            make_turn(3, "I prefer aisle seats now. We moved to Oslo."),
        ],
        [{"id": "k1", "text": "The user prefers window seats."}],
    )
    verdicts = [(fact["duplicate_of"], fact["supersedes"]) for fact in facts]
    assert verdicts == [(None, ["k1"]), (None, []), ("f0", []), (None, ["f1"])]


def test_a_request_that_is_no_conversation_gives_no_facts() -> None:
    for prompt in ("", "hello", "[]", '{"turns": 5}', '{"turns": [1, {"text": []}]}'):
        assert extract_memories(prompt) == {"facts": []}


TEXTS = st.sampled_from(
    [
        "I like tea. I live in Rome.",
        "I hate tea now, but I love coffee.",
        "I moved to Oslo last week. My budget is 900 euros.",
        "Yes, the blue one please!",
        "I like tea. We adopted a cat yesterday.",
    ]
) | st.text(max_size=80)


@given(st.lists(TEXTS, min_size=1, max_size=6), st.integers(0, 5))
def test_a_turn_alone_and_in_company_tells_the_same_facts(texts: list[str], pick: int) -> None:
    pick %= len(texts)
    turns = [make_turn(number, text) for number, text in enumerate(texts)]

    def strip(facts: list[JsonObject]) -> list[dict[str, Json]]:
        verdicts = {"duplicate_of", "supersedes"}
        return [{key: fact[key] for key in fact.keys() - verdicts} for fact in facts]

    together = [fact for fact in extract(turns) if fact["turn_ids"] == [f"t{pick}"]]
    assert strip(together) == strip(extract([turns[pick]]))


@given(st.lists(TEXTS, max_size=6))
def test_every_quote_stands_in_its_turn_and_every_label_points_back(texts: list[str]) -> None:
    facts = extract([make_turn(number, text) for number, text in enumerate(texts)])
    for index, fact in enumerate(facts):
        (turn_id,) = as_list(fact["turn_ids"])
        assert as_text(fact["quote"]) in texts[int(as_text(turn_id)[1:])]
        earlier = {f"f{number}" for number in range(index)}
        assert fact["duplicate_of"] in {None, *earlier}
        assert set(map(str, as_list(fact["supersedes"]))) <= earlier
