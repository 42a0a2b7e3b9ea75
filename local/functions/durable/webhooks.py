"""The management routes under /runtime/webhooks/durabletask, as the Durable extension answers them.

The URLs in a function's check-status response lead here.
"""

import json
from collections.abc import Awaitable, Callable

import grpc
from aiohttp import web
from durabletask.internal import orchestrator_service_pb2 as pb
from google.protobuf.message import Message

from local.functions.durable.engine import Engine
from local.functions.durable.history_view import describe_history
from local.functions.durable.instance_queries import (
    CONTINUATION_HEADER,
    is_wanted,
    parse_list_query,
    parse_purge_filter,
)
from local.functions.durable.instance_view import describe, is_finished, is_running
from local.functions.durable.refusal import RefusedError

_BASE = "/runtime/webhooks/durabletask"

type _Handler = Callable[[web.Request], Awaitable[web.Response]]

_HTTP_STATUSES = {
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 412,
}


class Webhooks:
    """Status, events and control of instances over HTTP."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, router: web.UrlDispatcher) -> None:
        """Add the management routes to a router."""
        instance = f"{_BASE}/instances/{{id}}"
        for method, path, handler in (
            ("GET", f"{_BASE}/instances", self._list),
            ("GET", f"{_BASE}/instances/", self._list),
            ("DELETE", f"{_BASE}/instances", self._purge_many),
            ("DELETE", f"{_BASE}/instances/", self._purge_many),
            ("GET", instance, self._get),
            ("DELETE", instance, self._purge),
            ("POST", f"{instance}/raiseEvent/{{event}}", self._raise_event),
            ("POST", f"{instance}/{{action}}", self._control),
            ("POST", f"{_BASE}/orchestrators/{{name}}", self._start),
            ("POST", f"{_BASE}/orchestrators/{{name}}/{{id}}", self._start),
        ):
            router.add_route(method, path, self._refusing(handler))

    def _refusing(self, handler: _Handler) -> _Handler:
        async def handle(request: web.Request) -> web.Response:
            try:
                return await handler(request)
            except RefusedError as refusal:
                status = _HTTP_STATUSES.get(refusal.code, 500)
                return web.json_response({"Message": refusal.details}, status=status)

        return handle

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
            headers = {"Location": str(request.url), "Retry-After": "10"}
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
        asked = pb.PurgeInstancesRequest(instanceId=request.match_info["id"])
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
        event = pb.RaiseEventRequest(instanceId=state.instanceId, name=request.match_info["event"])
        event.input.value = await _read_json(request) or "null"
        return await self._accept("RaiseEvent", event)

    async def _control(self, request: web.Request) -> web.Response:
        state = await self._find(request)
        if state is None:
            return _not_found(request)
        instance_id, reason = state.instanceId, request.query.get("reason", "")
        action = request.match_info["action"]
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
        text = await _read_json(request)
        if text:
            start.input.value = text
        reply: pb.CreateInstanceResponse = await self._engine.call("StartInstance", start)
        # The query goes along: it carries the key that opens these routes.
        status_url = request.url.origin().with_path(f"{_BASE}/instances/{reply.instanceId}")
        location = str(status_url.with_query(request.url.query))
        return web.json_response(
            {"id": reply.instanceId, "statusQueryGetUri": location},
            status=202,
            headers={"Location": location},
        )

    async def _find(self, request: web.Request) -> pb.OrchestrationState | None:
        asked = pb.GetInstanceRequest(instanceId=request.match_info["id"], getInputsAndOutputs=True)
        reply: pb.GetInstanceResponse = await self._engine.call("GetInstance", asked)
        return reply.orchestrationState if reply.exists else None

    async def _accept(self, method: str, message: Message) -> web.Response:
        await self._engine.call(method, message)
        return web.Response(status=202)


def _not_found(request: web.Request) -> web.Response:
    return web.json_response(
        {"Message": f"No instance with ID '{request.match_info['id']}' was found."}, status=404
    )


async def _read_json(request: web.Request) -> str:
    text = await request.text()
    try:
        json.loads(text or "null")
    except json.JSONDecodeError as error:
        raise web.HTTPBadRequest(text=f"The body is not JSON: {error.msg}.") from error
    return text
