"""Delivery that never troubles anybody: what cannot be sent is dropped, and said once an outage."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_log = logging.getLogger("agent_memory.telemetry")
# These say the same at every attempt, with a stack trace each.
_TALKATIVE = (
    "opentelemetry.exporter",
    "opentelemetry.sdk",
    "azure.monitor.opentelemetry.exporter",
)


def quieten_exporters() -> None:
    """Leave it to this module to say that telemetry is not delivered."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class _Outage:
    """Says when a target stops taking what it is sent, and when it takes it again."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._is_out = False

    def attempt[R](self, send: Callable[[], R], failure: R) -> R:
        problem = "it was refused"
        try:
            result = send()
        except Exception as error:  # noqa: BLE001 - whatever an exporter raises, the app goes on
            result, problem = failure, type(error).__name__
        if (result == failure) != self._is_out:
            self._is_out = not self._is_out
            if self._is_out:
                _log.warning(
                    "telemetry_not_delivered: %s does not take telemetry (%s); it is dropped until"
                    " it does. Check the address and the rights.",
                    self._target,
                    problem,
                )
            else:
                _log.info("%s takes telemetry again", self._target)
        return result


class CalmSpanExporter(SpanExporter):
    """Hands spans to another exporter."""

    def __init__(self, inner: SpanExporter, target: str) -> None:
        self._inner = inner
        self._outage = _Outage(target)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send; a failure is a result, never an exception."""
        return self._outage.attempt(lambda: self._inner.export(spans), SpanExportResult.FAILURE)

    def shutdown(self) -> None:
        """End the other exporter."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have the other exporter send what it holds."""
        return self._inner.force_flush(timeout_millis)


class CalmMetricExporter(MetricExporter):
    """Hands metrics to another exporter."""

    def __init__(self, inner: MetricExporter, target: str) -> None:
        super().__init__(inner._preferred_temporality, inner._preferred_aggregation)  # pyright: ignore[reportPrivateUsage] - no public reader
        self._inner: Any = inner  # its signatures hold untyped keywords
        self._outage = _Outage(target)

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        """Send; a failure is a result, never an exception."""
        return self._outage.attempt(
            lambda: self._inner.export(metrics_data, timeout_millis, **kwargs),
            MetricExportResult.FAILURE,
        )

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """End the other exporter."""
        self._inner.shutdown(timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Have the other exporter send what it holds."""
        return self._inner.force_flush(timeout_millis)
