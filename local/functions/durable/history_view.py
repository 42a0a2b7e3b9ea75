"""A run's history as the extension's HTTP API shows it.

What came back carries when it was scheduled, and the scheduling itself is left out, as are the
turns' own beginnings and ends.
"""

import json
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from durabletask.internal import orchestrator_service_pb2 as pb
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp

from local.functions.durable.instance_view import STATUS_NAMES

_SCHEDULED_BY = {
    "taskCompleted": "taskScheduledId",
    "taskFailed": "taskScheduledId",
    "subOrchestrationInstanceCompleted": "taskScheduledId",
    "subOrchestrationInstanceFailed": "taskScheduledId",
    "timerFired": "timerId",
}
_SCHEDULING = frozenset({"taskScheduled", "subOrchestrationInstanceCreated", "timerCreated"})
_LEFT_OUT = frozenset({"orchestratorStarted", "orchestratorCompleted"})


def describe_history(
    events: Iterable[pb.HistoryEvent], *, show_output: bool
) -> list[dict[str, Any]]:
    """Describe the events of a run; inputs and results only with `show_output`."""
    scheduled: dict[int, pb.HistoryEvent] = {}
    described: list[dict[str, Any]] = []
    for event in events:
        kind = event.WhichOneof("eventType") or ""
        if kind in _SCHEDULING:
            scheduled[event.eventId] = event
        elif kind not in _LEFT_OUT:
            described.append(_describe(event, kind, scheduled, show_output=show_output))
    return described


def _describe(
    event: pb.HistoryEvent,
    kind: str,
    scheduled: dict[int, pb.HistoryEvent],
    *,
    show_output: bool,
) -> dict[str, Any]:
    content = getattr(event, kind)
    view: dict[str, Any] = {"EventType": kind[0].upper() + kind[1:]}
    origin = scheduled.get(getattr(content, _SCHEDULED_BY.get(kind, ""), -1))
    if origin is not None:
        view["ScheduledTime"] = _format(origin.timestamp)
        name = getattr(getattr(origin, origin.WhichOneof("eventType") or ""), "name", "")
        if name:
            view["FunctionName"] = name
    if kind == "executionStarted":
        view["FunctionName"] = content.name
    elif kind == "executionCompleted":
        view["OrchestrationStatus"] = STATUS_NAMES[content.orchestrationStatus]
    elif kind == "timerFired":
        view["FireAt"] = _format(content.fireAt)
    elif kind == "eventRaised":
        view["Name"] = content.name
    if show_output:
        view |= _describe_payloads(content)
    view["Timestamp"] = _format(event.timestamp)
    return view


def _describe_payloads(content: Any) -> dict[str, Any]:
    """Input, result and failure of an event, those that it has."""
    view: dict[str, Any] = {}
    fields = content.DESCRIPTOR.fields_by_name
    for name in ("input", "result"):
        if name in fields and content.HasField(name):
            view[name.capitalize()] = _parse(getattr(content, name).value)
    if "failureDetails" in fields and content.HasField("failureDetails"):
        view["Reason"] = content.failureDetails.errorMessage
        view["FailureDetails"] = MessageToDict(content.failureDetails)
    return view


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _format(moment: Timestamp) -> str:
    return moment.ToDatetime(tzinfo=UTC).isoformat().replace("+00:00", "Z")
