"""Faults that a test asks for: which call they strike, and exactly how often."""

import itertools
from typing import Literal, Self

import mmh3
from pydantic import BaseModel, ConfigDict, Field, model_validator

type Operation = Literal["chat", "embeddings"]
type FaultKind = Literal[
    "status",
    "timeout",
    "reset",
    "delay",
    "invalid_json",
    "truncated",
    "refusal",
    "content_filter",
]
CHAT_ONLY = frozenset({"invalid_json", "truncated", "refusal", "content_filter"})


class FaultRule(BaseModel):
    """One order for faults, as POST /_faults takes it.

    kind: status - answer with `status` (and Retry-After); timeout - never answer; reset - close the
    connection; delay - answer after `seconds`; invalid_json, truncated, refusal, content_filter -
    spoil the answer of a chat call (content_filter: 400 as Azure refuses a prompt, or with
    status 200 an answer that was cut off by the filter).
    schema: only chat calls under this JSON schema name; null for all.
    count: how many calls are struck before the rule is spent; null for no end.
    probability: the share of matching calls that is struck, drawn from a fixed sequence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: FaultKind
    operation: Operation = "chat"
    schema_name: str | None = Field(default=None, alias="schema")
    status: int | None = Field(default=None, ge=200, le=599)
    retry_after: float | None = Field(default=None, ge=0)
    seconds: float = Field(default=3600, ge=0)
    count: int | None = Field(default=1, ge=1)
    probability: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind == "status" and (self.status is None or self.status < 400):
            raise ValueError("kind 'status' needs a status from 400 to 599")
        if self.operation == "embeddings" and (self.kind in CHAT_ONLY or self.schema_name):
            raise ValueError("embeddings know no schema and only status, timeout, reset, delay")
        return self


class Fault:
    """A rule at work: how many matching calls it saw, and how many it struck."""

    def __init__(self, fault_id: int, rule: FaultRule) -> None:
        self.id = fault_id
        self.rule = rule
        self.seen = 0
        self.fired = 0

    @property
    def spent(self) -> bool:
        """Whether the rule has struck as often as was asked."""
        return self.rule.count is not None and self.fired >= self.rule.count

    def strikes(self, operation: Operation, schema_name: str | None) -> bool:
        """Whether this call is struck; counts the call."""
        rule = self.rule
        if self.spent or rule.operation != operation:
            return False
        if rule.schema_name is not None and rule.schema_name != schema_name:
            return False
        self.seen += 1
        if _draw(self.seen) >= rule.probability:
            return False
        self.fired += 1
        return True


class FaultPlan:
    """All rules in force, in the order they were given; the first that strikes wins."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, rule: FaultRule) -> Fault:
        """Put a rule in force."""
        fault = Fault(next(self._ids), rule)
        self._faults.append(fault)
        return fault

    def take(self, operation: Operation, schema_name: str | None) -> FaultRule | None:
        """The rule that strikes this call, or None; a later rule does not see a struck call."""
        for fault in self._faults:
            if fault.strikes(operation, schema_name):
                return fault.rule
        return None

    def describe(self) -> list[dict[str, object]]:
        """Every rule with what became of it."""
        return [
            {
                "id": fault.id,
                **fault.rule.model_dump(by_alias=True),
                "seen": fault.seen,
                "fired": fault.fired,
                "spent": fault.spent,
            }
            for fault in self._faults
        ]

    def clear(self) -> None:
        """Take every rule out of force."""
        self._faults.clear()


def _draw(number: int) -> float:
    """The n-th of a fixed sequence of well-spread numbers in [0, 1): the same in every run."""
    return mmh3.hash(number.to_bytes(8, "little"), seed=7, signed=False) / 2**32
