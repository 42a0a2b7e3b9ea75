"""Telemetry that remembers what it was told."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.domain.errors import ProcessorError
from shared.ports import Backlog, Source


@dataclass
class Step:
    name: str
    labels: dict[str, str | int]
    traceparent: str
    code: str | None = None


@dataclass
class RecordingTelemetry:
    """Implements shared.ports.Telemetry."""

    is_on: bool = True
    steps: list[Step] = field(default_factory=list)
    counted: Counter[Source] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    lags: list[float] = field(default_factory=list)
    dropped_facts: int = 0
    tokens: Counter[str] = field(default_factory=Counter)
    backlogs: list[Backlog] = field(default_factory=list)

    @contextmanager
    def observe_step(
        self, step: str, labels: Mapping[str, str | int], traceparent: str
    ) -> Generator[None]:
        seen = Step(step, dict(labels), traceparent)
        self.steps.append(seen)
        try:
            yield
        except Exception as error:
            seen.code = error.code if isinstance(error, ProcessorError) else type(error).__name__
            raise

    def label_step(self, labels: Mapping[str, str | int]) -> None:
        if self.steps:
            self.steps[-1].labels |= labels

    def turns_counted(self, turns: int, source: Source) -> None:
        self.counted[source] += turns

    def chunk_committed(
        self, outcomes: Mapping[str, int], lags: Sequence[float], dropped_facts: int
    ) -> None:
        self.outcomes.update(outcomes)
        self.lags += lags
        self.dropped_facts += dropped_facts

    def tokens_used(self, prompt: int, completion: int) -> None:
        self.tokens.update(prompt=prompt, completion=completion)

    def backlog_seen(self, backlog: Backlog) -> None:
        self.backlogs.append(backlog)
