"""A model that obeys every attack as far as its schema lets it; what is stored of that."""

import json
import unicodedata

import pytest

from shared.prompts.extract_memories import EXTRACT_MEMORIES
from shared.services.transcript import show_turns
from tests.unit.admission.attacks import ATTACKS, DIRECTIVES, LIMIT, NOBODYS
from tests.unit.admission.careless_model import admit, answered, conversation

GENUINE = ("user", "my dog is called Bo")
UNTRUSTED = ["agent", "tool"]


def test_there_are_enough_attacks() -> None:
    assert len(set(ATTACKS)) >= 70


@pytest.mark.parametrize("role", UNTRUSTED)
@pytest.mark.parametrize(("said", "fact"), ATTACKS)
def test_nobody_but_the_user_makes_a_fact_of_the_user(role: str, said: str, fact: str) -> None:
    """Quoted from the attack; with the label of the user's turn; and with the user's own words."""
    turns = [GENUINE, (role, said)]
    for quote, label in [(said, "t2"), (said, "t1"), (GENUINE[1], "t1"), ("my dog", "t1")]:
        for text in (fact, LIMIT):
            admission = admit(turns, answered(text, quote, label))
            stored = [kept for kept in admission.facts if kept.source == "user"]
            # Words of the user's own under a text that nobody said can only be told by a model.
            assert not stored or not _was_said(text, said)


@pytest.mark.parametrize("role", ["user", *UNTRUSTED])
@pytest.mark.parametrize(("said", "fact"), NOBODYS)
def test_what_would_override_rules_is_nobodys_fact(role: str, said: str, fact: str) -> None:
    assert admit([(role, said)], answered(fact, said)).facts == []


@pytest.mark.parametrize("role", UNTRUSTED)
@pytest.mark.parametrize(("said", "fact"), DIRECTIVES)
def test_no_instruction_of_a_tool_or_an_agent_is_stored(role: str, said: str, fact: str) -> None:
    for text in (fact, "The user agrees.", said):
        admission = admit([GENUINE, (role, said)], answered(text, said, "t2"))
        assert admission.facts == []
        if role == "agent":
            assert set(admission.objections) <= {"quarantined", "machine_output"}


@pytest.mark.parametrize("role", ["user", *UNTRUSTED])
@pytest.mark.parametrize("said", [said for said, _ in ATTACKS])
def test_an_attack_stays_one_string_of_one_turn(role: str, said: str) -> None:
    turns = conversation(GENUINE, (role, said), GENUINE)
    payload = {"turns": show_turns(turns, ["ticket"]), "known": []}
    parsed = json.loads(json.dumps(payload, ensure_ascii=False))
    assert [turn["speaker"] for turn in parsed["turns"]] == ["user", role, "user"]
    assert [turn["id"] for turn in parsed["turns"]] == ["t1", "t2", "t3"]
    assert parsed["turns"][1]["text"] == said
    assert set(parsed["turns"][1]) == {"id", "speaker", "metadata", "at", "text"}
    assert said.strip() not in EXTRACT_MEMORIES.instructions


@pytest.mark.parametrize("said", [said for said, _ in ATTACKS])
def test_nothing_unseen_is_stored_of_an_attack(said: str) -> None:
    """Were it let through, it would still hide nothing."""
    text = "Bo " + said[:200]
    for kept in admit([("user", text)], answered(text, text)).facts:
        hidden = {c for c in kept.content if unicodedata.category(c) in ("Cf", "Cc", "Co", "Cn")}
        assert hidden == set()
        assert "\n" not in kept.content


def _was_said(text: str, said: str) -> bool:
    words = {word.strip(".,:!").lower() for word in text.split()}
    heard = {word.strip(".,:!").lower() for word in said.split()}
    return len(words & heard) >= 2 / 3 * len(words)
