"""The exporter of Application Insights, to an ingestion endpoint that keeps what is posted."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.adapters.otel_exporters import Targets, open_delivery
from shared.ports import Backlog

KEY = "00000000-0000-0000-0000-000000000001"


class Ingestion:
    """Envelopes that were posted, by where to."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.envelopes: list[dict[str, Any]] = []
        self.url = ""

    def named(self, kind: str) -> list[dict[str, Any]]:
        return [each["data"]["baseData"] for each in self.envelopes if each["name"].endswith(kind)]


@contextmanager
def running_ingestion() -> Iterator[Ingestion]:
    ingestion = Ingestion()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            items = json.loads(body)
            ingestion.paths.add(self.path)
            ingestion.envelopes += items
            answer = {"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []}
            reply = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    ingestion.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield ingestion
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def keep_figures_about_the_exporter_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL", "true")
    monkeypatch.setenv("APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED", "true")
    monkeypatch.setenv("APPLICATIONINSIGHTS_SDKSTATS_DISABLED", "true")


def test_metrics_and_spans_are_posted_to_application_insights() -> None:
    with running_ingestion() as ingestion:
        delivery = open_delivery(
            Targets(
                service_name="the-app",
                trace_ratio=1.0,
                azure_connection=f"InstrumentationKey={KEY};IngestionEndpoint={ingestion.url}/",
            )
        )
        with delivery.telemetry.observe_step("extract_facts", {"memory.chunk": 3}, ""):
            delivery.telemetry.tokens_used(100, 10)
        delivery.telemetry.turns_counted(5, "feed")
        delivery.telemetry.backlog_seen(Backlog(7, 30.5, 2, 1, 4.0))
        delivery.shut_down()
    metrics = {
        point["name"]: point["value"]
        for data in ingestion.named("Metric")
        for point in data["metrics"]
    }
    assert metrics["memory.turns.counted"] == 5
    assert metrics["memory.turns.pending"] == 7
    assert "memory.step.duration" in metrics
    [request] = ingestion.named("Request")
    assert (request["name"], request["properties"]["memory.chunk"]) == ("extract_facts", "3")
    assert {each["iKey"] for each in ingestion.envelopes} == {KEY}


def test_entra_id_is_used_where_functions_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import azure.identity

    asked: list[dict[str, Any]] = []

    class Credential(azure.identity.ManagedIdentityCredential):
        def __init__(self, **options: Any) -> None:
            asked.append(options)
            super().__init__(**options)

    monkeypatch.setattr("azure.identity.ManagedIdentityCredential", Credential)
    connection = f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:9/"
    for text in ("Authorization=AAD;ClientId=the-client", "Authorization=AAD"):
        open_delivery(
            Targets("the-app", 1.0, azure_connection=connection, azure_authentication=text)
        ).shut_down()
    assert asked == [{"client_id": "the-client"}, {}]
