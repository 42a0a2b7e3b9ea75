"""Where telemetry goes: exporters of OTLP over HTTP, and of Azure Monitor."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

from shared.adapters.otel_delivery import CalmMetricExporter, CalmSpanExporter, quieten_exporters
from shared.adapters.otel_telemetry import OpenTelemetry

_TIMEOUT_SECONDS = 5
_AUTHORIZATION = "authorization"


@dataclass(frozen=True, slots=True)
class Targets:
    """Where to: the base URL of an OTLP collector, Application Insights, or both.

    `azure_authentication` is `Authorization=AAD;ClientId=...` as Azure Functions has it: tokens of
    Entra ID instead of the key in the connection string.
    """

    service_name: str
    trace_ratio: float
    otlp_endpoint: str | None = None
    azure_connection: str | None = None
    azure_authentication: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Telemetry, and the providers that send it in the background and at the end of the process."""

    telemetry: OpenTelemetry
    meters: MeterProvider
    tracers: TracerProvider

    def shut_down(self) -> None:
        """Send what is left, and send no more. The end of the process does it too."""
        self.tracers.shutdown()
        self.meters.shutdown()


def open_delivery(targets: Targets) -> Delivery:
    """Telemetry that is sent to the targets."""
    quieten_exporters()
    resource = Resource.create(
        {SERVICE_NAME: targets.service_name, SERVICE_INSTANCE_ID: uuid4().hex}
    )
    # By the trace's id alone: the host's traceparent says "not sampled" wherever the host itself
    # does not trace, and an instance's steps are to be kept or dropped together.
    tracers = TracerProvider(sampler=TraceIdRatioBased(targets.trace_ratio), resource=resource)
    readers: list[PeriodicExportingMetricReader] = []
    for name, spans, metrics in _open_exporters(targets):
        tracers.add_span_processor(BatchSpanProcessor(CalmSpanExporter(spans, name)))
        readers.append(PeriodicExportingMetricReader(CalmMetricExporter(metrics, name)))
    meters = MeterProvider(readers, resource)
    return Delivery(OpenTelemetry(meters, tracers), meters, tracers)


def _open_exporters(targets: Targets) -> list[tuple[str, SpanExporter, MetricExporter]]:
    exporters: list[tuple[str, SpanExporter, MetricExporter]] = []
    if targets.otlp_endpoint:
        base = targets.otlp_endpoint.rstrip("/")
        exporters.append(
            (
                "the OTLP collector",
                OTLPSpanExporter(f"{base}/v1/traces", timeout=_TIMEOUT_SECONDS),
                OTLPMetricExporter(f"{base}/v1/metrics", timeout=_TIMEOUT_SECONDS),
            )
        )
    if targets.azure_connection:
        exporters.append(
            _open_azure_monitor(targets.azure_connection, targets.azure_authentication)
        )
    return exporters


def _open_azure_monitor(
    connection: str, authentication: str | None
) -> tuple[str, SpanExporter, MetricExporter]:
    # Half a second to import: only where it is used.
    from azure.identity import ManagedIdentityCredential
    from azure.monitor.opentelemetry.exporter import (
        AzureMonitorMetricExporter,
        AzureMonitorTraceExporter,
    )

    options: dict[str, Any] = {
        "connection_string": connection,
        "disable_offline_storage": True,
        "timeout": float(_TIMEOUT_SECONDS),
    }
    parts = _read_authentication(authentication or "")
    if parts.get(_AUTHORIZATION, "").upper() == "AAD":
        client_id = parts.get("clientid")
        options["credential"] = (
            ManagedIdentityCredential(client_id=client_id)
            if client_id
            else ManagedIdentityCredential()
        )
    return (
        "Application Insights",
        AzureMonitorTraceExporter(**options),
        AzureMonitorMetricExporter(**options),
    )


def _read_authentication(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
