"""The OpenTelemetry adapter over the real wire, to a collector that decodes what arrives."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from shared.adapters.otel_exporters import Delivery, Targets, open_delivery
from shared.domain.errors import StoreUnavailableError
from shared.domain.metrics import METRICS
from shared.ports import Backlog
from tests.fakes.otlp_collector import Collector, read_attributes, running_collector

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
# As the host sends it where it does not trace itself: "not sampled".
TRACEPARENT = f"00-{TRACE}-{PARENT}-00"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as collector:
        yield collector


@contextmanager
def delivery_to(url: str, trace_ratio: float = 1.0) -> Iterator[Delivery]:
    delivery = open_delivery(
        Targets(service_name="the-app", trace_ratio=trace_ratio, otlp_endpoint=url)
    )
    try:
        yield delivery
    finally:
        delivery.shut_down()


def tell_everything(delivery: Delivery) -> None:
    telemetry = delivery.telemetry
    with telemetry.observe_step("extract_facts", {"memory.chunk": 3}, TRACEPARENT):
        telemetry.tokens_used(100, 10)
        telemetry.label_step({"memory.result.count": 2})
    with (
        suppress(StoreUnavailableError),
        telemetry.observe_step("persist_facts", {}, TRACEPARENT),
    ):
        raise StoreUnavailableError("a query", 503)
    telemetry.turns_counted(5, "feed")
    telemetry.turns_counted(2, "scan")
    telemetry.chunk_committed({"extracted": 4, "trivial": 1}, [1.0, 2.0, 3.0], 2)
    telemetry.backlog_seen(Backlog(7, 30.5, 2, 1, 4.0))


def test_everything_that_is_documented_arrives_and_nothing_else(collector: Collector) -> None:
    with delivery_to(collector.url) as delivery:
        tell_everything(delivery)
    assert collector.metric_names() == {metric.name for metric in METRICS}
    assert collector.scopes() == {"agent_memory"}


def test_the_numbers_arrive_under_their_attributes(collector: Collector) -> None:
    with delivery_to(collector.url) as delivery:
        tell_everything(delivery)
    points = collector.last_points
    assert points("memory.turns.counted") == {
        (("source", "feed"),): 5,
        (("source", "scan"),): 2,
    }
    assert points("memory.turns.processed") == {
        (("outcome", "extracted"),): 4,
        (("outcome", "trivial"),): 1,
    }
    assert points("memory.tokens") == {
        (("kind", "prompt"), ("step", "extract_facts")): 100,
        (("kind", "completion"), ("step", "extract_facts")): 10,
    }
    assert points("memory.step.duration") == {
        (("outcome", "done"), ("step", "extract_facts")): 1,
        (("outcome", "failed"), ("step", "persist_facts")): 1,
    }
    assert points("memory.step.failures") == {
        (("code", "store_unavailable"), ("step", "persist_facts")): 1
    }
    assert points("memory.turn.lag") == {(): 3}
    assert points("memory.facts.dropped") == {(): 2}
    gauges = {
        "memory.turns.pending": 7,
        "memory.oldest_pending": 30.5,
        "memory.threads.busy": 2,
        "memory.dead_letters": 1,
        "memory.feed.lag": 4,
    }
    assert {name: points(name)[()] for name in gauges} == gauges


def test_every_metric_has_the_documented_attributes_and_no_other(collector: Collector) -> None:
    with delivery_to(collector.url) as delivery:
        tell_everything(delivery)
    for metric in METRICS:
        for pairs in collector.last_points(metric.name):
            assert {name for name, _ in pairs} == set(metric.attributes), metric.name


def test_a_step_is_a_span_under_the_hosts_trace_also_where_the_host_does_not_trace(
    collector: Collector,
) -> None:
    with delivery_to(collector.url) as delivery:
        tell_everything(delivery)
    done, failed = collector.spans()
    assert (done.name, failed.name) == ("extract_facts", "persist_facts")
    assert (done.trace_id.hex(), done.parent_span_id.hex()) == (TRACE, PARENT)
    assert read_attributes(done.attributes) == {
        "memory.chunk": 3,
        "memory.result.count": 2,
        "memory.outcome": "done",
    }
    assert read_attributes(failed.attributes)["memory.error_code"] == "store_unavailable"
    assert failed.status.message == "store_unavailable"


def test_the_text_of_an_exception_is_told_to_nobody(collector: Collector) -> None:
    with (
        delivery_to(collector.url) as delivery,
        suppress(ValueError),
        delivery.telemetry.observe_step("extract_facts", {}, ""),
    ):
        raise ValueError("my cat is called Canary")
    [span] = collector.spans()
    assert read_attributes(span.attributes)["memory.error_code"] == "ValueError"
    assert collector.bodies
    assert not [body for body in collector.bodies if b"Canary" in body]


def test_traces_can_be_left_out_while_metrics_still_arrive(collector: Collector) -> None:
    with delivery_to(collector.url, trace_ratio=0.0) as delivery:
        tell_everything(delivery)
    assert collector.spans() == []
    assert collector.total("memory.turns.counted") == 7


def test_a_reading_that_nobody_renews_is_told_no_longer(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.otel_telemetry._READING_LASTS", 0.0)
    with delivery_to(collector.url) as delivery:
        tell_everything(delivery)
    assert "memory.turns.counted" in collector.metric_names()
    assert "memory.turns.pending" not in collector.metric_names()


def test_an_outage_is_said_once_and_its_end_too(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    collector.status = 400
    with delivery_to(collector.url) as delivery:
        for _ in range(4):
            tell_everything(delivery)
            delivery.meters.force_flush()
        collector.status = 200
        delivery.meters.force_flush()
        delivery.tracers.force_flush()
    said = [r for r in caplog.records if r.name != "agent_memory.telemetry"]
    assert [r.name for r in said if r.name.startswith("opentelemetry")] == []
    metrics_said = [r.levelname for r in caplog.records if r.name == "agent_memory.telemetry"]
    assert metrics_said.count("WARNING") <= 2  # one each for metrics and spans
    assert "WARNING" in metrics_said
    assert metrics_said[-1] == "INFO"


def test_without_a_collector_the_work_goes_on_and_the_end_comes(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.otel_exporters._TIMEOUT_SECONDS", 0.5)
    with delivery_to("http://127.0.0.1:9") as delivery:
        tell_everything(delivery)
    warnings = [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]
    assert {r.name for r in warnings} == {"agent_memory.telemetry"}
    assert len(warnings) == 2
