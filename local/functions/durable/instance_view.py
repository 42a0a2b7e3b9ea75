"""An instance as the extension's HTTP API shows it."""

import json
from typing import Any

from durabletask.internal import orchestrator_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

STATUS_NAMES = {
    pb.ORCHESTRATION_STATUS_RUNNING: "Running",
    pb.ORCHESTRATION_STATUS_COMPLETED: "Completed",
    pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW: "ContinuedAsNew",
    pb.ORCHESTRATION_STATUS_FAILED: "Failed",
    pb.ORCHESTRATION_STATUS_CANCELED: "Canceled",
    pb.ORCHESTRATION_STATUS_TERMINATED: "Terminated",
    pb.ORCHESTRATION_STATUS_PENDING: "Pending",
    pb.ORCHESTRATION_STATUS_SUSPENDED: "Suspended",
}

_FINISHED = frozenset({"Completed", "Failed", "Canceled", "Terminated"})


def is_finished(state: pb.OrchestrationState) -> bool:
    """Say whether an instance will do nothing more."""
    return STATUS_NAMES[state.orchestrationStatus] in _FINISHED


def is_running(state: pb.OrchestrationState) -> bool:
    """Say whether an instance can still do something."""
    return not is_finished(state)


def describe(state: pb.OrchestrationState, *, show_input: bool) -> dict[str, Any]:
    """Describe an instance; payloads that are JSON are shown as what they are."""
    output = _parse(state.output.value) if state.HasField("output") else None
    custom = _parse(state.customStatus.value) if state.HasField("customStatus") else None
    if state.HasField("failureDetails"):
        output = state.failureDetails.errorMessage
    return {
        "name": state.name,
        "instanceId": state.instanceId,
        "runtimeStatus": STATUS_NAMES[state.orchestrationStatus],
        "input": _parse(state.input.value) if show_input and state.HasField("input") else None,
        "customStatus": custom,
        "output": output,
        "createdTime": _format(state.createdTimestamp),
        "lastUpdatedTime": _format(state.lastUpdatedTimestamp),
    }


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _format(moment: Timestamp) -> str:
    return moment.ToDatetime().strftime("%Y-%m-%dT%H:%M:%SZ")
