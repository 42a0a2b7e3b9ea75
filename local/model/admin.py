"""Routes for whoever runs the stand-in: counters and injected faults; they need no key."""

from dataclasses import asdict

from aiohttp import web
from pydantic import ValidationError

from local.model.chat import read_body
from local.model.errors import ApiError, json_response
from local.model.faults import FaultPlan, FaultRule
from local.model.stats import Stats


class AdminRoutes:
    """The handlers, on the counters and faults of the model routes."""

    def __init__(self, stats: Stats, faults: FaultPlan) -> None:
        self._stats = stats
        self._faults = faults

    def add_to(self, app: web.Application) -> None:
        """Register every route."""
        app.router.add_get("/_stats", self._show_stats)
        app.router.add_post("/_stats/reset", self._reset_stats)
        app.router.add_get("/_faults", self._list_faults)
        app.router.add_post("/_faults", self._add_fault)
        app.router.add_delete("/_faults", self._clear_faults)

    async def _show_stats(self, _request: web.Request) -> web.Response:
        return json_response(asdict(self._stats))

    async def _reset_stats(self, _request: web.Request) -> web.Response:
        self._stats.reset()
        return json_response(asdict(self._stats))

    async def _list_faults(self, _request: web.Request) -> web.Response:
        return json_response({"faults": self._faults.describe()})

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            rule = FaultRule.model_validate(read_body(await request.read()))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            param = ".".join(str(step) for step in first["loc"]) or None
            raise ApiError(400, f"{first['msg']} ({param or 'fault'})", param=param) from error
        fault = self._faults.add(rule)
        return json_response({"id": fault.id}, status=201)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return json_response({"faults": []})
