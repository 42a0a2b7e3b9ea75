import inspect
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

from shared.domain.errors import ConflictError
from shared.domain.identifiers import thread_instance_id, user_instance_id
from shared.wiring import observed
from tests.fakes.telemetry import RecordingTelemetry

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
JOB = {"user_id": "wombat", "thread_id": "platypus", "chunk": 3, "attempt": 1, "claim_key": "x"}


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch) -> RecordingTelemetry:
    telemetry = RecordingTelemetry()
    monkeypatch.setattr("shared.wiring.observing.get_telemetry", lambda: telemetry)
    return telemetry


@observed
async def extract_facts(job: dict) -> dict[str, Any]:
    if job.get("fails"):
        raise ConflictError("conflict: somebody wrote first")
    return {"status": "done", "count": 4, "creates": [0, 1], "folds": {"2": "fact_wombat"}}


def context() -> Any:
    return SimpleNamespace(trace_context=SimpleNamespace(trace_parent=TRACEPARENT))


async def test_a_step_is_told_by_its_name_under_the_hosts_trace(
    telemetry: RecordingTelemetry,
) -> None:
    result = await extract_facts(job=JOB, context=context())
    assert result["count"] == 4
    [step] = telemetry.steps
    assert (step.name, step.traceparent, step.code) == ("extract_facts", TRACEPARENT, None)


async def test_a_step_is_told_by_hash_and_numbers_never_by_ids(
    telemetry: RecordingTelemetry,
) -> None:
    await extract_facts(job=JOB, context=context())
    assert telemetry.steps[0].labels == {
        "memory.instance": thread_instance_id("wombat", "platypus"),
        "memory.chunk": 3,
        "memory.attempt": 1,
        "memory.result.count": 4,
        "memory.result.creates": 2,
        "memory.result.folds": 1,
    }


async def test_a_step_of_a_user_is_told_by_the_users_orchestration(
    telemetry: RecordingTelemetry,
) -> None:
    await extract_facts(job={"user_id": "wombat"})
    assert telemetry.steps[0].labels["memory.instance"] == user_instance_id("wombat")


async def test_a_failure_is_told_and_passes(telemetry: RecordingTelemetry) -> None:
    with pytest.raises(ConflictError):
        await extract_facts(job={"fails": True})
    assert telemetry.steps[0].code == "conflict"


async def test_a_step_runs_where_nobody_listens(telemetry: RecordingTelemetry) -> None:
    telemetry.is_on = False
    assert (await extract_facts(job=JOB))["count"] == 4
    assert telemetry.steps == []


def test_the_worker_sees_the_functions_own_bindings_and_the_context() -> None:
    parameters = inspect.signature(extract_facts).parameters
    assert list(parameters) == ["job", "context"]
    assert inspect.get_annotations(extract_facts)["context"] is func.Context
