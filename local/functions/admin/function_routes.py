"""The functions of the app: /admin/functions lists them, POST to one of them runs it."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, cast

from aiohttp import web

from local.functions.worker.failures import FunctionFailedError, log_failure
from local.functions.worker.functions import Function
from local.functions.worker.messages import TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Admin")

type MakeInput = Callable[[Any], TypedData]
"""Makes a trigger's value from the `input` of the request."""


class FunctionRoutes:
    """The admin routes of the app's functions.

    Args:
        worker: Runs the functions.
        base_url: The host's own URL.
        templates: The route of each function with an HTTP trigger.
        inputs: How to make the value of each trigger that can be run by hand, by function.
    """

    def __init__(
        self,
        worker: Worker,
        base_url: str,
        templates: dict[str, str],
        inputs: dict[str, MakeInput],
    ) -> None:
        self._worker = worker
        self._base_url = base_url
        self._templates = templates
        self._inputs = inputs
        self._running: set[asyncio.Task[None]] = set()

    def register(self, router: web.UrlDispatcher) -> None:
        """Add these routes to a router."""
        router.add_get("/admin/functions", self._list)
        router.add_get("/admin/functions/{name}", self._get)
        router.add_get("/admin/functions/{name}/status", self._get_status)
        router.add_post("/admin/functions/{name}", self._run)

    async def stop(self, drain_seconds: float) -> None:
        """Give functions that were run by hand a moment to end."""
        if self._running:
            await asyncio.wait(self._running, timeout=drain_seconds)
        for task in self._running:
            task.cancel()

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response([self._describe(each) for each in self._worker.functions])

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._describe(self._find(request)))

    async def _get_status(self, request: web.Request) -> web.Response:
        self._find(request)
        return web.json_response({"isEnabled": True})

    async def _run(self, request: web.Request) -> web.Response:
        function = self._find(request)
        make_input = self._inputs.get(function.name)
        if make_input is None:
            raise web.HTTPBadRequest(
                text=f"A {function.kind} is not run by hand: call its route, or start it through "
                "an orchestration."
            )
        value = make_input(await _read_input(request))
        task = asyncio.create_task(self._invoke(function, value))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return web.Response(status=202)

    async def _invoke(self, function: Function, value: TypedData) -> None:
        try:
            await self._worker.invoke(function, value)
        except FunctionFailedError as error:
            log_failure(logger, function.name, error, "it was run by hand and is not retried")

    def _find(self, request: web.Request) -> Function:
        name = request.match_info["name"].lower()
        for function in self._worker.functions:
            if function.name.lower() == name:
                return function
        raise web.HTTPNotFound

    def _describe(self, function: Function) -> dict[str, Any]:
        template = self._templates.get(function.name)
        return {
            "name": function.name,
            "href": f"{self._base_url}/admin/functions/{function.name}",
            "script_href": None,
            "config": {"name": function.name, "bindings": [dict(b) for b in function.bindings]},
            "language": "python",
            "isDisabled": False,
            "isDirect": False,
            "isProxy": False,
            "invoke_url_template": f"{self._base_url}{template}" if template else None,
        }


async def _read_input(request: web.Request) -> Any:
    """Read `{"input": ...}`; the real host refuses anything else with 400."""
    try:
        body: object = json.loads(await request.read())
    except ValueError as error:
        raise web.HTTPBadRequest(text="The body is not JSON.") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text='The body is not an object such as {"input": ""}.')
    return cast("dict[str, Any]", body).get("input")


def make_documents(given: Any) -> TypedData:
    """Make the value of a cosmosDBTrigger: a JSON list of documents, as text or as it is.

    Raises:
        HTTPBadRequest: it is neither.
    """
    try:
        documents: object = json.loads(given) if isinstance(given, str) else given
    except ValueError as error:
        raise web.HTTPBadRequest(text="The input is not JSON.") from error
    if not isinstance(documents, list):
        raise web.HTTPBadRequest(text="The input is not a list of documents.")
    return TypedData(string=json.dumps(documents))
