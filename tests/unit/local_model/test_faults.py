"""Injected faults strike exactly as ordered."""

import pytest
from pydantic import ValidationError

from local.model.faults import FaultPlan, FaultRule


def test_a_rule_strikes_as_often_as_its_count_and_then_never() -> None:
    plan = FaultPlan()
    plan.add(FaultRule(kind="reset", count=3))
    struck = [plan.take("chat", "Any") is not None for _ in range(10)]
    assert struck == [True] * 3 + [False] * 7
    (entry,) = plan.describe()
    assert (entry["seen"], entry["fired"], entry["spent"]) == (3, 3, True)


def test_a_rule_without_a_count_has_no_end() -> None:
    plan = FaultPlan()
    plan.add(FaultRule(kind="reset", count=None))
    assert all(plan.take("chat", None) for _ in range(100))


def test_a_rule_strikes_only_what_it_names() -> None:
    plan = FaultPlan()
    plan.add(FaultRule(kind="status", status=429, schema="SummarizeThread"))
    assert plan.take("embeddings", None) is None
    assert plan.take("chat", "ExtractMemories") is None
    assert plan.take("chat", None) is None
    assert plan.take("chat", "SummarizeThread") is not None


def test_a_share_of_the_calls_is_struck_the_same_ones_in_every_run() -> None:
    def run() -> list[bool]:
        plan = FaultPlan()
        plan.add(FaultRule(kind="reset", count=None, probability=0.25))
        return [plan.take("chat", None) is not None for _ in range(1000)]

    struck = run()
    assert struck == run()
    assert 200 < sum(struck) < 300


def test_the_first_rule_that_strikes_wins() -> None:
    plan = FaultPlan()
    plan.add(FaultRule(kind="reset"))
    plan.add(FaultRule(kind="refusal"))
    kinds = [rule.kind for _ in range(3) if (rule := plan.take("chat", None))]
    assert kinds == ["reset", "refusal"]


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "earthquake"},
        {"kind": "status"},
        {"kind": "status", "status": 200},
        {"kind": "refusal", "operation": "embeddings"},
        {"kind": "reset", "operation": "embeddings", "schema": "X"},
        {"kind": "reset", "count": 0},
        {"kind": "reset", "probability": 0},
        {"kind": "reset", "typo": 1},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FaultRule.model_validate(rule)
