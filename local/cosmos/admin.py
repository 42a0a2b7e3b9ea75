"""Routes for whoever runs the server: counts, injected faults, splits; they need no key."""

import orjson
from aiohttp import web
from pydantic import ValidationError

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.faults import FaultPlan, FaultRule
from local.cosmos.routes.ranges import split_partition
from local.cosmos.routes.service import Service
from local.cosmos.stats import Stats
from local.cosmos.values import Json, read_json, write_json

_PATHS = ("/_stats", "/_stats/reset", "/_faults", "/_split")
_USAGE = "GET /_stats, POST /_stats/reset, POST /_split, or GET, POST or DELETE /_faults\n"


class AdminRoutes:
    """The handlers, on the counts, the faults and the data of the server."""

    def __init__(self, stats: Stats, faults: FaultPlan, service: Service) -> None:
        self._stats = stats
        self._faults = faults
        self._service = service

    def owns(self, path: str) -> bool:
        """Whether a path is one of these routes, and none of the service's."""
        return path in _PATHS

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request to one of the paths."""
        match request.method, request.path:
            case "GET", "/_stats":
                return _json(200, self._stats.describe())
            case "POST", "/_stats/reset":
                self._stats.reset()
                return web.Response(status=204)
            case "GET", "/_faults":
                return web.json_response({"faults": self._faults.describe()})
            case "POST", "/_faults":
                return self._add_fault(await request.read())
            case "POST", "/_split":
                return await self._split(await request.read())
            case "DELETE", "/_faults":
                self._faults.clear()
                return web.Response(status=204)
            case _:
                return web.Response(status=405, text=_USAGE)

    def _add_fault(self, body: bytes) -> web.StreamResponse:
        try:
            rule = FaultRule.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(step) for step in first["loc"]) or "fault"
            return _json(400, {"field": field, "message": first["msg"]})
        return _json(201, {"id": self._faults.add(rule).id})

    async def _split(self, body: bytes) -> web.StreamResponse:
        try:
            order = read_json(body)
            if not isinstance(order, dict):
                raise bad_request("The order of a split must be a JSON object.")
            return _json(200, await split_partition(self._service, order))
        except orjson.JSONDecodeError as error:
            return _json(400, {"message": f"The order of a split is not JSON: {error}."})
        except CosmosError as error:
            return _json(error.status, {"message": error.message})


def _json(status: int, value: Json) -> web.Response:
    return web.Response(status=status, body=write_json(value), content_type="application/json")
