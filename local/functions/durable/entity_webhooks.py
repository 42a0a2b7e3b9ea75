"""The management routes of entities: read one, list them, signal one."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from durabletask.internal import orchestrator_service_pb2 as pb

from local.functions.durable.engine import Engine
from local.functions.durable.instance_queries import CONTINUATION_HEADER, parse_entity_query
from local.functions.durable.webhook_requests import (
    WEBHOOKS,
    is_json,
    read_json,
    read_text,
    refusing,
)

_EMPTY_KEY = "$"
"""Stands for an empty key, which a path cannot hold (EmptyEntityKeySymbol)."""


class EntityWebhooks:
    """State and signals of entities over HTTP."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, router: web.UrlDispatcher) -> None:
        """Add these routes to a router."""
        entity = f"{WEBHOOKS}/entities/{{name}}/{{key}}"
        for method, path, handler in (
            ("GET", f"{WEBHOOKS}/entities", self._list),
            ("GET", f"{WEBHOOKS}/entities/", self._list),
            ("GET", f"{WEBHOOKS}/entities/{{name}}", self._list),
            ("GET", entity, self._get),
            ("POST", entity, self._signal),
            ("DELETE", entity, self._signal),
        ):
            router.add_route(method, path, refusing(handler))

    async def _list(self, request: web.Request) -> web.Response:
        query = parse_entity_query(
            request.match_info.get("name", ""),
            request.query,
            request.headers.get(CONTINUATION_HEADER, ""),
        )
        asked = pb.QueryEntitiesRequest(query=query)
        found: pb.QueryEntitiesResponse = await self._engine.call("QueryEntities", asked)
        token = found.continuationToken.value
        headers = {CONTINUATION_HEADER: token} if token else {}
        return web.json_response([_describe(each) for each in found.entities], headers=headers)

    async def _get(self, request: web.Request) -> web.Response:
        asked = pb.GetEntityRequest(instanceId=_read_id(request), includeState=True)
        reply: pb.GetEntityResponse = await self._engine.call("GetEntity", asked)
        if not (reply.exists and reply.entity.HasField("serializedState")):
            return web.Response(status=404)
        return web.json_response(json.loads(reply.entity.serializedState.value))

    async def _signal(self, request: web.Request) -> web.Response:
        name = "delete" if request.method == "DELETE" else request.query.get("op", "")
        signal = pb.SignalEntityRequest(
            instanceId=_read_id(request), name=name, requestId=str(uuid.uuid4())
        )
        signal.requestTime.FromDatetime(datetime.now(UTC))
        if request.can_read_body:
            text = await (read_json(request) if is_json(request) else read_text(request))
            signal.input.value = text if is_json(request) else json.dumps(text)
        await self._engine.call("SignalEntity", signal)
        return web.Response(status=202)


def _read_id(request: web.Request) -> str:
    name, key = request.match_info["name"], request.match_info["key"]
    return f"@{name.lower()}@{'' if key == _EMPTY_KEY else key}"


def _describe(entity: pb.EntityMetadata) -> dict[str, Any]:
    _, name, key = entity.instanceId.split("@", maxsplit=2)
    modified = entity.lastModifiedTime.ToDatetime(tzinfo=UTC).isoformat()
    view: dict[str, Any] = {
        "entityId": {"name": name, "key": key},
        "lastOperationTime": modified.replace("+00:00", "Z"),
    }
    if entity.HasField("serializedState"):
        view["state"] = json.loads(entity.serializedState.value)
    return view
