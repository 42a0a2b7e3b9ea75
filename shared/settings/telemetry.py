"""Where metrics and traces go."""

from typing import Annotated

from pydantic import BaseModel, Field


class TelemetrySettings(BaseModel):
    """Where metrics and traces go."""

    otlp_endpoint: str | None = Field(
        default=None,
        alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="Base URL of an OpenTelemetry collector (OTLP over HTTP); none if unset",
    )
    azure_monitor: str | None = Field(
        default=None,
        alias="APPLICATIONINSIGHTS_CONNECTION_STRING",
        description="Application Insights that takes metrics and traces; none if unset",
    )
    azure_monitor_authentication: str | None = Field(
        default=None,
        alias="APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        description="Authorization=AAD;ClientId=... for Entra ID there; the key if unset",
    )
    service_name: str = Field(
        default="agent-memory-processor",
        alias="OTEL_SERVICE_NAME",
        description="Name of the app in metrics and traces",
    )
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = Field(
        default=1.0,
        alias="OTEL_TRACES_SAMPLER_ARG",
        description="Share of the traces that are sent; metrics always are",
    )
