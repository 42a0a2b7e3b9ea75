"""Faults that a test asks for: which requests they strike, and exactly how often."""

import random
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

type FaultKind = Literal["status", "reset", "delay", "lose_reply"]
type Operation = Literal[
    "metadata",
    "read",
    "create",
    "upsert",
    "replace",
    "patch",
    "delete",
    "batch",
    "query",
    "query_plan",
    "change_feed",
    "list",
]


class FaultRule(BaseModel):
    """One order for faults, as POST /_faults takes it.

    kind: status - refuse with `status`, doing nothing; reset - close the connection, doing nothing;
    delay - do it after `seconds`; lose_reply - do it, then close the connection, or answer `status`
    if there is one.
    operation: a name that GET /_stats counts by; null for all. container: an id; null for all.
    user_agent: a part of the header; null for all.
    substatus, retry_after_ms: headers of the refusal; clients wait for the latter after a 429.
    after: how many matching requests are left alone first.
    count: how many requests are struck before the rule is spent; null for no end.
    probability: the share of matching requests that is struck, drawn from the sequence of `seed`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    operation: Operation | None = None
    container: str | None = None
    user_agent: str | None = None
    status: int | None = Field(default=None, ge=400, le=599)
    substatus: int | None = Field(default=None, ge=0)
    retry_after_ms: int | None = Field(default=None, ge=0)
    seconds: float = Field(default=0.0, ge=0, le=3600)
    after: int = Field(default=0, ge=0)
    count: int | None = Field(default=1, ge=1)
    probability: float = Field(default=1.0, gt=0, le=1)
    seed: int = 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind == "status" and self.status is None:
            raise ValueError("kind 'status' needs a status from 400 to 599")
        if self.kind in ("reset", "delay") and self.status is not None:
            raise ValueError(f"kind '{self.kind}' takes no status")
        if (self.kind == "delay") != (self.seconds > 0):
            raise ValueError("kind 'delay', and no other, needs seconds above 0")
        return self

    def covers(self, operation: str, container: str, user_agent: str) -> bool:
        """Whether the rule is about such requests."""
        return (
            self.operation in (None, operation)
            and self.container in (None, container)
            and (self.user_agent or "") in user_agent
        )


class Fault:
    """A rule at work: how many matching requests it saw, and how many it struck."""

    def __init__(self, fault_id: int, rule: FaultRule) -> None:
        self.id = fault_id
        self.rule = rule
        self.seen = 0
        self.fired = 0
        # Not for secrets: the same seed must strike the same requests again.
        self._draws = random.Random(rule.seed)

    @property
    def spent(self) -> bool:
        """Whether the rule has struck as often as was asked."""
        return self.rule.count is not None and self.fired >= self.rule.count

    def strike(self) -> bool:
        """Count a matching request; whether it is struck."""
        self.seen += 1
        if self.seen <= self.rule.after or self._draws.random() >= self.rule.probability:
            return False
        self.fired += 1
        return True


class FaultPlan:
    """All rules in force, in the order they were given; the first that strikes wins."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._given = 0

    def add(self, rule: FaultRule) -> Fault:
        """Put a rule in force."""
        self._given += 1
        fault = Fault(self._given, rule)
        self._faults.append(fault)
        return fault

    def take(self, operation: str, container: str, user_agent: str) -> FaultRule | None:
        """The rule that strikes this request, or None; later rules do not see a struck one."""
        for fault in self._faults:
            matches = not fault.spent and fault.rule.covers(operation, container, user_agent)
            if matches and fault.strike():
                return fault.rule
        return None

    def describe(self) -> list[dict[str, Any]]:
        """Every rule with what became of it."""
        return [
            fault.rule.model_dump(exclude_defaults=True)
            | {"id": fault.id, "seen": fault.seen, "fired": fault.fired, "spent": fault.spent}
            for fault in self._faults
        ]

    def clear(self) -> None:
        """Take every rule out of force."""
        self._faults.clear()
