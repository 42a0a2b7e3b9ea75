"""An OpenTelemetry collector that keeps what it is sent: OTLP over HTTP, in protobuf."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

type Attributes = dict[str, Any]


class Collector:
    """What has arrived so far; `status` is what it answers, and `requests` counts them all."""

    def __init__(self) -> None:
        self.status = 200
        self.requests = 0
        self.bodies: list[bytes] = []
        self.traces: list[ExportTraceServiceRequest] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        self._lock = threading.Lock()
        self.url = ""

    def take(self, path: str, body: bytes) -> int:
        with self._lock:
            self.requests += 1
            if self.status == 200:
                self.bodies.append(body)
                if path == "/v1/traces":
                    self.traces.append(ExportTraceServiceRequest.FromString(body))
                else:
                    self.metrics.append(ExportMetricsServiceRequest.FromString(body))
            return self.status

    def spans(self) -> list[Span]:
        with self._lock:
            return [
                span
                for request in self.traces
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]

    def scopes(self) -> set[str]:
        """The instrumentation scopes of everything."""
        with self._lock:
            traced = [each for r in self.traces for each in r.resource_spans]
            measured = [each for r in self.metrics for each in r.resource_metrics]
        names = {s.scope.name for each in traced for s in each.scope_spans}
        return names | {s.scope.name for each in measured for s in each.scope_metrics}

    def metric_names(self) -> set[str]:
        return {metric.name for metric in self._all_metrics()}

    def last_points(self, name: str) -> dict[tuple[tuple[str, Any], ...], Any]:
        """The last value (of a histogram: its count) by attributes, as sorted pairs."""
        found: dict[tuple[tuple[str, Any], ...], Any] = {}
        for metric in self._all_metrics():
            if metric.name != name:
                continue
            for point in getattr(metric, str(metric.WhichOneof("data"))).data_points:
                pairs = tuple(sorted(read_attributes(point.attributes).items()))
                if metric.HasField("histogram"):
                    found[pairs] = point.count
                else:
                    found[pairs] = getattr(point, str(point.WhichOneof("value")))
        return found

    def total(self, name: str) -> float:
        return sum(self.last_points(name).values())

    def _all_metrics(self) -> list[Metric]:
        with self._lock:
            return [
                metric
                for request in self.metrics
                for resource in request.resource_metrics
                for scope in resource.scope_metrics
                for metric in scope.metrics
            ]


def read_attributes(attributes: Any) -> Attributes:
    return {
        each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in attributes
    }


@contextmanager
def running_collector() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(collector.take(self.path, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
