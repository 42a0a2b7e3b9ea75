"""Routes for whoever runs the server: counts and injected faults; they need no key."""

from aiohttp import web
from pydantic import ValidationError

from local.cosmos.faults import FaultPlan, FaultRule
from local.cosmos.stats import Stats
from local.cosmos.values import Json, write_json

_PATHS = ("/_stats", "/_stats/reset", "/_faults")
_USAGE = "GET /_stats, POST /_stats/reset, or GET, POST or DELETE /_faults\n"


class AdminRoutes:
    """The handlers, on the counts and faults of the server."""

    def __init__(self, stats: Stats, faults: FaultPlan) -> None:
        self._stats = stats
        self._faults = faults

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


def _json(status: int, value: Json) -> web.Response:
    return web.Response(status=status, body=write_json(value), content_type="application/json")
