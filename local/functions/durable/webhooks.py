"""The management routes under /runtime/webhooks/durabletask, as the Durable extension answers them.

The URLs in a function's check-status response lead here.
"""

import json

import grpc
from aiohttp import web
from durabletask.internal import orchestrator_service_pb2 as pb
from google.protobuf.message import Message

from local.functions.durable.check_status import answer_start
from local.functions.durable.engine import Engine
from local.functions.durable.entity_webhooks import EntityWebhooks
from local.functions.durable.history_view import describe_history
from local.functions.durable.instance_queries import (
    CONTINUATION_HEADER,
    is_wanted,
    parse_list_query,
    parse_purge_filter,
)
from local.functions.durable.instance_view import (
    STATUS_NAMES,
    describe,
    is_finished,
    is_running,
)
from local.functions.durable.refusal import RefusedError
from local.functions.durable.webhook_requests import (
    WEBHOOKS,
    is_json,
    read_json,
    refuse,
    refusing,
)

_STATUS_RETRY_AFTER_SECONDS = "5"


class Webhooks:
    """Status, events and control of instances over HTTP."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, router: web.UrlDispatcher) -> None:
        """Add the management routes to a router."""
        instance = f"{WEBHOOKS}/instances/{{id}}"
        for method, path, handler in (
            ("GET", f"{WEBHOOKS}/instances", self._list),
            ("GET", f"{WEBHOOKS}/instances/", self._list),
            ("DELETE", f"{WEBHOOKS}/instances", self._purge_many),
            ("DELETE", f"{WEBHOOKS}/instances/", self._purge_many),
            ("GET", instance, self._get),
            ("DELETE", instance, self._purge),
            ("POST", f"{instance}/raiseEvent/{{event}}", self._raise_event),
            ("POST", f"{instance}/{{action}}", self._control),
            ("POST", f"{WEBHOOKS}/orchestrators/{{name}}", self._start),
            ("POST", f"{WEBHOOKS}/orchestrators/{{name}}/{{id}}", self._start),
        ):
            router.add_route(method, path, refusing(handler))
        EntityWebhooks(self._engine).register(router)

    async def _get(self, request: web.Request) -> web.Response:
        state = await self._find(request)
        if state is None:
            return _not_found(request)
        query = request.query
        view = describe(state, show_input=is_wanted(query, "showInput", default=True))
        if is_wanted(query, "showHistory", default=False):
            show_output = is_wanted(query, "showHistoryOutput", default=False)
            events = await self._engine.read_history(
                pb.StreamInstanceHistoryRequest(instanceId=state.instanceId)
            )
            view["historyEvents"] = describe_history(events, show_output=show_output)
        if is_running(state):
            headers = {"Location": str(request.url), "Retry-After": _STATUS_RETRY_AFTER_SECONDS}
            return web.json_response(view, status=202, headers=headers)
        failed = state.orchestrationStatus == pb.ORCHESTRATION_STATUS_FAILED
        wants_500 = is_wanted(query, "returnInternalServerErrorOnFailure", default=False)
        return web.json_response(view, status=500 if failed and wants_500 else 200)

    async def _list(self, request: web.Request) -> web.Response:
        query = parse_list_query(request.query, request.headers.get(CONTINUATION_HEADER, ""))
        asked = pb.QueryInstancesRequest(query=query)
        found: pb.QueryInstancesResponse = await self._engine.call("QueryInstances", asked)
        show_input = is_wanted(request.query, "showInput", default=True)
        views = [describe(state, show_input=show_input) for state in found.orchestrationState]
        headers = {CONTINUATION_HEADER: found.continuationToken.value}
        return web.json_response(views, headers=headers if found.continuationToken.value else {})

    async def _purge_many(self, request: web.Request) -> web.Response:
        asked = pb.PurgeInstancesRequest(purgeInstanceFilter=parse_purge_filter(request.query))
        reply: pb.PurgeInstancesResponse = await self._engine.call("PurgeInstances", asked)
        count = reply.deletedInstanceCount
        return web.json_response({"instancesDeleted": count}, status=200 if count else 404)

    async def _purge(self, request: web.Request) -> web.Response:
        state = await self._find(request)
        if state is None:
            return _not_found(request)
        if is_running(state):
            name = STATUS_NAMES[state.orchestrationStatus]
            return refuse(
                412,
                "Only orchestrations in a terminal state can be purged, but the orchestration "
                f"with instance ID {state.instanceId} has status {name}",
            )
        asked = pb.PurgeInstancesRequest(instanceId=state.instanceId)
        reply: pb.PurgeInstancesResponse = await self._engine.call("PurgeInstances", asked)
        if not reply.deletedInstanceCount:
            return _not_found(request)
        return web.json_response({"instancesDeleted": reply.deletedInstanceCount})

    async def _raise_event(self, request: web.Request) -> web.Response:
        state = await self._find(request)
        if state is None:
            return _not_found(request)
        if is_finished(state):
            return web.Response(status=410)
        if not is_json(request):
            return refuse(400, "Only application/json request content is supported")
        event = pb.RaiseEventRequest(instanceId=state.instanceId, name=request.match_info["event"])
        event.input.value = await read_json(request) or "null"
        return await self._accept("RaiseEvent", event)

    async def _control(self, request: web.Request) -> web.Response:
        action = request.match_info["action"].lower()
        if action == "restart":
            return await self._restart(request)
        state = await self._find(request)
        if state is None:
            return _not_found(request)
        instance_id, reason = state.instanceId, request.query.get("reason", "")
        if action in {"terminate", "suspend", "resume"} and is_finished(state):
            return web.Response(status=410)
        if action == "terminate":
            message = pb.TerminateRequest(instanceId=instance_id, recursive=True)
            message.output.value = json.dumps(reason)
            return await self._accept("TerminateInstance", message)
        if action == "suspend":
            return await self._accept("SuspendInstance", pb.SuspendRequest(instanceId=instance_id))
        if action == "resume":
            return await self._accept("ResumeInstance", pb.ResumeRequest(instanceId=instance_id))
        if action == "rewind":
            return await self._accept(
                "RewindInstance", pb.RewindInstanceRequest(instanceId=instance_id)
            )
        return web.Response(status=404)

    async def _start(self, request: web.Request) -> web.Response:
        start = pb.CreateInstanceRequest(
            name=request.match_info["name"], instanceId=request.match_info.get("id", "")
        )
        text = await read_json(request)
        if text:
            start.input.value = text
        reply: pb.CreateInstanceResponse = await self._engine.call("StartInstance", start)
        return answer_start(request, reply.instanceId)

    async def _restart(self, request: web.Request) -> web.Response:
        asked = pb.RestartInstanceRequest(
            instanceId=request.match_info["id"],
            restartWithNewInstanceId=is_wanted(
                request.query, "restartWithNewInstanceId", default=True
            ),
        )
        try:
            reply: pb.RestartInstanceResponse = await self._engine.call("RestartInstance", asked)
        except RefusedError as refusal:
            if refusal.code == grpc.StatusCode.NOT_FOUND:
                return refuse(400, "InstanceId does not match a valid orchestration instance.")
            return refuse(409, refusal.details)
        return answer_start(request, reply.instanceId)

    async def _find(self, request: web.Request) -> pb.OrchestrationState | None:
        asked = pb.GetInstanceRequest(instanceId=request.match_info["id"], getInputsAndOutputs=True)
        reply: pb.GetInstanceResponse = await self._engine.call("GetInstance", asked)
        return reply.orchestrationState if reply.exists else None

    async def _accept(self, method: str, message: Message) -> web.Response:
        await self._engine.call(method, message)
        return web.Response(status=202)


def _not_found(request: web.Request) -> web.Response:
    return refuse(404, f"No instance with ID '{request.match_info['id']}' was found.")
