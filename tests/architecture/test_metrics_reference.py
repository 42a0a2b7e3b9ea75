import json

from shared.domain.metrics import METRICS, Metric
from tests.architecture.metrics_reference import PAGE, with_table
from tests.architecture.project_files import ROOT


def test_the_documented_metrics_are_those_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page), "python -m tests.architecture.metrics_reference writes it anew"


def test_every_metric_has_a_name_of_its_own() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_no_metric_can_name_a_user_a_thread_or_a_turn() -> None:
    allowed = {"source", "outcome", "step", "code", "kind"}
    assert {attribute for metric in METRICS for attribute in metric.attributes} <= allowed


def test_the_names_follow_the_conventions_of_opentelemetry() -> None:
    def is_well_named(metric: Metric) -> bool:
        return metric.name.startswith("memory.") and metric.name == metric.name.lower()

    assert all(map(is_well_named, METRICS))


def test_the_host_does_not_trace_inputs_of_orchestrations_which_name_users() -> None:
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    assert host["extensions"]["durableTask"]["tracing"]["traceInputsAndOutputs"] is False
