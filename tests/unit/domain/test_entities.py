import pytest

from shared.domain.entities import Entity, check_entities, find_entities, unite_entities
from shared.domain.facts import ground_fact
from tests.unit.admission.careless_model import answered, conversation


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is INC0012345.", [("ticket", "INC0012345")]),
        ("See PROJ-1234 and WEB-7", [("ticket", "PROJ-1234"), ("ticket", "WEB-7")]),
        ("ticket #42 is mine", [("ticket", "42")]),
        ("Ticket number 4711", [("ticket", "4711")]),
        ("order 114-1234567", [("order", "114-1234567")]),
        ("device SN: x, device AB-1234 is broken", [("device", "AB-1234")]),
        ("pull request #99", [("ticket", "99")]),
        ("account DE-4455", [("account", "DE-4455")]),
        ("inc0012345", []),
        ("SHA-256, ISO-8601, UTF-8, RFC-2119, COVID-19 and GPT-4", []),
        ("The case is closed, the order is fine, 3 devices", []),
        ("version 1.2.3", []),
    ],
)
def test_ids_are_found_by_their_form(text: str, found: list[tuple[str, str]]) -> None:
    assert {(entity.type, entity.id) for entity in find_entities(text)} == set(found)


def test_an_id_that_a_model_names_counts_only_if_it_stands_in_a_turn() -> None:
    named = [
        Entity(type="device", id="pump seven"),
        Entity(type="spaceship", id="Pump  Seven"),
        Entity(type="ticket", id="INC9"),
        Entity(type="order", id=" "),
    ]
    assert check_entities(named, ["my Pump Seven leaks, INC99"]) == [
        Entity(type="device", id="pump seven"),
        Entity(type="other", id="Pump Seven"),
    ]


def test_each_id_is_kept_once_and_not_too_many() -> None:
    many = [Entity(type="other", id=str(n)) for n in range(50)]
    twice = [Entity(type="ticket", id="A-1"), Entity(type="other", id="a-1")]
    united = unite_entities(twice, many)
    assert united[0] == Entity(type="ticket", id="A-1")
    assert len(united) == 20


def test_a_fact_carries_the_entities_and_the_allowed_metadata_of_its_turns() -> None:
    turns = conversation(("user", "It is about INC0012345"), ("user", "the blue pump leaks"))
    answer = answered(
        "The user's blue pump leaks, see INC0012345.",
        "the blue pump leaks",
        "t2",
        turn_ids=["t2", "t1"],
        entities=[{"type": "device", "id": "blue pump"}, {"type": "device", "id": "red pump"}],
    )
    fact = ground_fact(answer, {"t1": turns[0], "t2": turns[1]}, ["ticket"])
    assert fact is not None
    assert fact.entities == [
        Entity(type="device", id="blue pump"),
        Entity(type="ticket", id="INC0012345"),
    ]
    assert fact.source_metadata == {"ticket": "T-2"}
    assert fact.created_at == turns[1].created_at
