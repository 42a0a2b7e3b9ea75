"""The Telemetry port on OpenTelemetry: one meter, one tracer, both named `agent_memory`.

The providers are the app's own and not the process's: what Durable Functions and the SDKs trace by
themselves holds URLs with document ids, and must not reach the app's exporters.
"""

import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.metrics import CallbackOptions, Histogram, MeterProvider, Observation
from opentelemetry.trace import SpanKind, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.domain import metrics
from shared.domain.errors import ProcessorError
from shared.domain.metrics import Metric
from shared.ports import Backlog, Source

SCOPE = "agent_memory"
_STEP_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_LAG_BOUNDS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400)
# A reading that nobody has renewed, as the timer has moved to another worker, is told no longer.
_READING_LASTS = 150.0
_step: ContextVar[str] = ContextVar("agent_memory_step", default="")


class OpenTelemetry:
    """Implements shared.ports.Telemetry; see there for the promises."""

    def __init__(self, meters: MeterProvider, tracers: TracerProvider) -> None:
        self._tracer = tracers.get_tracer(SCOPE)
        self._propagator = TraceContextTextMapPropagator()
        self._meter = meters.get_meter(SCOPE)
        self._counters = {
            metric.name: self._meter.create_counter(metric.name, metric.unit, metric.meaning)
            for metric in metrics.METRICS
            if metric.kind == "counter"
        }
        self._duration = self._create_histogram(metrics.STEP_DURATION, _STEP_BOUNDS)
        self._lag = self._create_histogram(metrics.TURN_LAG, _LAG_BOUNDS)
        self._readings: dict[str, tuple[float, float]] = {}
        for metric in metrics.METRICS:
            if metric.kind == "gauge":
                self._create_gauge(metric)

    def _create_histogram(self, metric: Metric, bounds: Sequence[float]) -> Histogram:
        return self._meter.create_histogram(
            metric.name, metric.unit, metric.meaning, explicit_bucket_boundaries_advisory=bounds
        )

    def _create_gauge(self, metric: Metric) -> None:
        def read(_: CallbackOptions) -> Iterable[Observation]:
            value, until = self._readings.get(metric.name, (0.0, 0.0))
            return [Observation(value)] if time.monotonic() < until else []

        self._meter.create_observable_gauge(metric.name, [read], metric.unit, metric.meaning)

    @property
    def is_on(self) -> bool:
        """See Telemetry.is_on."""
        return True

    @contextmanager
    def observe_step(
        self, step: str, labels: Mapping[str, str | int], traceparent: str
    ) -> Generator[None]:
        """See Telemetry.observe_step."""
        parent = self._propagator.extract({"traceparent": traceparent}) if traceparent else None
        token = _step.set(step)
        began = time.perf_counter()
        outcome = "failed"
        with self._tracer.start_as_current_span(
            step,
            context=parent,
            kind=SpanKind.SERVER,
            attributes=dict(labels),
            # An exception of a library may quote what it was given: only its code is told.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
                outcome = "done"
            except BaseException as error:  # also a cancelled step has failed; it is raised again
                code = error.code if isinstance(error, ProcessorError) else type(error).__name__
                span.set_status(StatusCode.ERROR, code)
                span.set_attribute("memory.error_code", code)
                self._add(metrics.STEP_FAILURES, 1, step=step, code=code)
                raise
            finally:
                seconds = time.perf_counter() - began
                span.set_attribute("memory.outcome", outcome)
                self._duration.record(seconds, {"step": step, "outcome": outcome})
                _step.reset(token)

    def label_step(self, labels: Mapping[str, str | int]) -> None:
        """See Telemetry.label_step."""
        if _step.get():
            trace.get_current_span().set_attributes(dict(labels))

    def turns_counted(self, turns: int, source: Source) -> None:
        """See Telemetry.turns_counted."""
        self._add(metrics.TURNS_COUNTED, turns, source=source)

    def chunk_committed(
        self, outcomes: Mapping[str, int], lags: Sequence[float], dropped_facts: int
    ) -> None:
        """See Telemetry.chunk_committed."""
        for outcome, turns in outcomes.items():
            self._add(metrics.TURNS_PROCESSED, turns, outcome=outcome)
        for lag in lags:
            self._lag.record(lag)
        self._add(metrics.FACTS_DROPPED, dropped_facts)

    def tokens_used(self, prompt: int, completion: int) -> None:
        """See Telemetry.tokens_used."""
        step = _step.get() or "unknown"
        self._add(metrics.TOKENS, prompt, kind="prompt", step=step)
        self._add(metrics.TOKENS, completion, kind="completion", step=step)

    def backlog_seen(self, backlog: Backlog) -> None:
        """See Telemetry.backlog_seen."""
        until = time.monotonic() + _READING_LASTS
        readings = {
            metrics.TURNS_PENDING.name: backlog.pending,
            metrics.OLDEST_PENDING.name: backlog.oldest_pending,
            metrics.THREADS_BUSY.name: backlog.threads_busy,
            metrics.DEAD_LETTERS.name: backlog.dead_letters,
            metrics.FEED_LAG.name: backlog.feed_lag,
        }
        for name, value in readings.items():
            self._readings[name] = (float(value), until)

    def _add(self, metric: Metric, amount: int, **attributes: str) -> None:
        if amount > 0:
            self._counters[metric.name].add(amount, attributes)
