"""Where the worker's metrics and traces go."""

from shared.ports import NoTelemetry, Telemetry
from shared.settings import Settings


def open_telemetry(settings: Settings) -> Telemetry:
    """Telemetry as the settings have it; without an address nothing is even imported for it."""
    if not settings.otlp_endpoint and not settings.azure_monitor:
        return NoTelemetry()
    from shared.adapters.otel_exporters import Targets, open_delivery

    delivery = open_delivery(
        Targets(
            service_name=settings.service_name,
            trace_ratio=settings.trace_ratio,
            otlp_endpoint=settings.otlp_endpoint,
            azure_connection=settings.azure_monitor,
            azure_authentication=settings.azure_monitor_authentication,
        )
    )
    return delivery.telemetry
