"""What the app tells of its own work: numbers with a fixed set of names, no id and no text."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, Protocol

type Source = Literal["feed", "scan"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is open over all threads; ages in seconds, 0 if nothing waits."""

    pending: int
    oldest_pending: float
    threads_busy: int
    dead_letters: int
    feed_lag: float


class Telemetry(Protocol):
    """Metrics and traces; telling never fails, never waits, and changes nothing else."""

    @property
    def is_on(self) -> bool:
        """Whether anybody listens: without, figures need not be gathered."""
        ...

    def observe_step(
        self, step: str, labels: Mapping[str, str | int], traceparent: str
    ) -> AbstractContextManager[None]:
        """Time a step and trace it under the W3C `traceparent` (may be empty).

        An exception is told by its error code, and passes.
        """
        ...

    def label_step(self, labels: Mapping[str, str | int]) -> None:
        """Tell more of the step that is being observed."""
        ...

    def turns_counted(self, turns: int, source: Source) -> None:
        """Distinct turns were counted."""
        ...

    def chunk_committed(
        self, outcomes: Mapping[str, int], lags: Sequence[float], dropped_facts: int
    ) -> None:
        """A chunk was committed: its turns by outcome, and how many seconds each had waited."""
        ...

    def tokens_used(self, prompt: int, completion: int) -> None:
        """The step that is being observed has asked the chat model."""
        ...

    def backlog_seen(self, backlog: Backlog) -> None:
        """What is open at this moment."""
        ...


class NoTelemetry:
    """Telemetry to which nobody listens."""

    @property
    def is_on(self) -> bool:
        """See Telemetry.is_on."""
        return False

    def observe_step(
        self, step: str, labels: Mapping[str, str | int], traceparent: str
    ) -> AbstractContextManager[None]:
        """See Telemetry.observe_step."""
        return nullcontext()

    def label_step(self, labels: Mapping[str, str | int]) -> None:
        """See Telemetry.label_step."""

    def turns_counted(self, turns: int, source: Source) -> None:
        """See Telemetry.turns_counted."""

    def chunk_committed(
        self, outcomes: Mapping[str, int], lags: Sequence[float], dropped_facts: int
    ) -> None:
        """See Telemetry.chunk_committed."""

    def tokens_used(self, prompt: int, completion: int) -> None:
        """See Telemetry.tokens_used."""

    def backlog_seen(self, backlog: Backlog) -> None:
        """See Telemetry.backlog_seen."""


SILENT: Telemetry = NoTelemetry()
