"""The quality bench sees what is lost, doubled, or put down to the wrong turn or speaker."""

from pathlib import Path
from typing import Any

import pytest

from bench.quality.gold import Gold, GoldError, load_gold
from bench.quality.verdict import Verdict, judge
from tests.unit.bench.gold_folder import write_gold

SHOWN = {("u", "D1:1"): 1, ("u", "D1:2"): 1, ("u", "D1:3"): 1}
OUTCOMES = {"D1:1": "extracted", "D1:2": "extracted", "D1:3": "extracted", "D1:4": "trivial"}


@pytest.fixture
def gold(tmp_path: Path) -> Gold:
    return load_gold(write_gold(tmp_path))


def stored(text: str, *turns: str, source: str = "user") -> dict[str, Any]:
    tags = ["sys:fact", "sys:agent-fact"] if source == "agent" else ["sys:fact"]
    place = {"user_id": "u", "thread_id": "session-01", "content": text, "tags": tags}
    return {**place, "source_turn_ids": list(turns), "source": source}


FACTS = [
    stored("A moved to Turin in May.", "D1:1"),
    stored("B was born in Turin.", "D1:2", "D1:1", source="agent"),
    stored("A's sister Ana repairs clocks.", "D1:3"),
]


def verdict_on(
    gold: Gold, facts: list[dict[str, Any]], shown: dict[tuple[str, str], int] = SHOWN
) -> Verdict:
    return judge(gold, shown, facts, [{"user_id": "u", "outcomes": OUTCOMES}])


def test_what_is_all_there_gives_no_complaint(gold: Gold) -> None:
    verdict = verdict_on(gold, FACTS)
    assert verdict.complaints() == []
    assert (verdict.stored, verdict.on_agent_turns, verdict.material_turns) == (3, 1, 3)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (FACTS[1:], "missing"),
        ([*FACTS[1:], stored("A moved to Turin in May.", "D1:2")], "wrong_turns"),
        ([*FACTS[1:], stored("A moved to Turin in May.", "D1:1", source="agent")], "wrong_roles"),
        ([*FACTS, FACTS[0]], "surplus_facts"),
        ([*FACTS, stored("A likes tea.", "D1:1")], "surplus_facts"),
    ],
)
def test_what_is_lost_doubled_or_misplaced_is_counted(
    gold: Gold, facts: list[dict[str, Any]], field: str
) -> None:
    verdict = verdict_on(gold, facts)
    assert getattr(verdict, field) == 1
    assert len(verdict.complaints()) == 1


def test_turns_that_were_never_or_twice_extracted_are_counted(gold: Gold) -> None:
    shown = {("u", "D1:1"): 2, ("u", "D1:2"): 1}
    verdict = verdict_on(gold, FACTS[:2], shown)
    assert (verdict.shown, verdict.shown_never, verdict.shown_twice) == (2, 1, 1)
    assert len(verdict.complaints()) == 2


def test_questions_without_evidence_are_nobodys_and_joined_evidence_is_read_apart(
    gold: Gold,
) -> None:
    assert [question.evidence for question in gold.questions] == [{"D1:3"}, {"D1:1", "D1:2"}]


def test_a_folder_without_conversations_is_refused_with_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="--gold DIR"):
        load_gold(tmp_path)
    (tmp_path / "1.gold.json").write_text("{}", encoding="utf-8")
    with pytest.raises(GoldError, match="cannot be read"):
        load_gold(tmp_path)
