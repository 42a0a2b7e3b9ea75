"""One durable work item as an invocation of a function, in the Durable extension's wire format.

Orchestrator turns and entity batches travel as base64 of their protobuf; activity inputs and
results are JSON text.
"""

import base64
import json
import logging

from durabletask.internal import helpers
from durabletask.internal import orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import ActivityWorkItem

from local.functions.durable.work_source import Turn
from local.functions.worker.failures import FunctionFailedError, log_failure
from local.functions.worker.messages import TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Durable")

_UNKNOWN_TYPE = "(unknown)"


async def run_orchestrator_turn(worker: Worker, turn: Turn) -> pb.OrchestratorResponse:
    """Replay an orchestrator; a failure outside the orchestrator's own code fails the instance."""
    function = worker.find("orchestrationTrigger", turn.orchestrator)
    response = pb.OrchestratorResponse()
    if function is None:
        failure = _not_found(turn.orchestrator, "an orchestrator function")
        response.actions.append(_fail_orchestration(failure))
    else:
        try:
            result = await worker.invoke(
                function,
                _encode(turn.request.SerializeToString()),
                instance_id=turn.request.instanceId,
            )
            response.ParseFromString(_decode(result))
        except FunctionFailedError as error:
            log_failure(logger, turn.orchestrator, error, "its instance fails")
            response.actions.append(_fail_orchestration(_describe(error)))
    response.instanceId = turn.request.instanceId
    response.completionToken = turn.completion_token
    return response


async def run_activity(worker: Worker, item: ActivityWorkItem) -> pb.ActivityResponse:
    """Run an activity on its input; no input is an empty value, as the host sends it."""
    response = pb.ActivityResponse(
        instanceId=item.instance_id, taskId=item.task_id, completionToken=str(item.completion_token)
    )
    function = worker.find("activityTrigger", item.name)
    if function is None:
        response.failureDetails.CopyFrom(_not_found(item.name, "an activity function"))
        return response
    try:
        result = await worker.invoke(
            function, TypedData(string=item.input or None), instance_id=item.instance_id
        )
    except FunctionFailedError as error:
        log_failure(logger, item.name, error, "its orchestration is told")
        response.failureDetails.CopyFrom(_describe(error))
        return response
    text = _as_json(result)
    if text != "null":
        response.result.value = text
    return response


async def run_entity_batch(worker: Worker, item: pb.WorkItem) -> pb.EntityBatchResult:
    """Run an entity's operations; when the function itself fails, each of them fails.

    A failed batch leaves the entity's state as it was.
    """
    batch, operations = _read_batch(item)
    name = batch.instanceId.split("@")[1]
    function = worker.find("entityTrigger", name)
    result = pb.EntityBatchResult()
    if function is None:
        _fail_batch(result, batch, _not_found(name, "an entity function"))
    else:
        try:
            answer = await worker.invoke(
                function, _encode(batch.SerializeToString()), instance_id=batch.instanceId
            )
            result.ParseFromString(_decode(answer))
        except FunctionFailedError as error:
            log_failure(logger, name, error, "its orchestration is told")
            _fail_batch(result, batch, _describe(error))
    result.completionToken = item.completionToken
    del result.operationInfos[:]
    result.operationInfos.extend(operations[: len(result.results)])
    return result


def _read_batch(item: pb.WorkItem) -> tuple[pb.EntityBatchRequest, list[pb.OperationInfo]]:
    """The operations of an item, which comes in an old form and in a new one."""
    if item.HasField("entityRequest"):
        return item.entityRequest, []
    return helpers.convert_to_entity_batch_request(item.entityRequestV2)


def _encode(message: bytes) -> TypedData:
    return TypedData(string=base64.b64encode(message).decode("ascii"))


def _decode(value: TypedData) -> bytes:
    return base64.b64decode(value.string or "")


def _as_json(value: TypedData) -> str:
    if value.json is not None:
        return value.json
    return json.dumps(value.string) if value.string else "null"


def _describe(error: FunctionFailedError) -> pb.TaskFailureDetails:
    details = pb.TaskFailureDetails(
        errorType=error.kind,
        # A failure without a message counts as success with Microsoft's backend.
        errorMessage=error.text or error.kind,
    )
    details.stackTrace.value = error.stack
    return details


def _not_found(name: str, what: str) -> pb.TaskFailureDetails:
    return pb.TaskFailureDetails(
        errorType=_UNKNOWN_TYPE,
        errorMessage=f"The function '{name}' doesn't exist, is disabled, or is not {what}.",
    )


def _fail_orchestration(details: pb.TaskFailureDetails) -> pb.OrchestratorAction:
    return helpers.new_complete_orchestration_action(
        -1, pb.ORCHESTRATION_STATUS_FAILED, None, details
    )


def _fail_batch(
    result: pb.EntityBatchResult, batch: pb.EntityBatchRequest, details: pb.TaskFailureDetails
) -> None:
    result.entityState.CopyFrom(batch.entityState)
    for _ in batch.operations:
        failure = result.results.add().failure
        failure.failureDetails.CopyFrom(details)
