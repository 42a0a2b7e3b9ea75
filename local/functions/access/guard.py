"""Asks for keys as the real host does: 401 without one that is good enough.

Core Tools do not ask for keys on a developer's machine unless told to (`--enable-auth` here).
"""

from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from local.functions.access.key_file import DURABLE_SYSTEM_KEY, KeyFile
from local.functions.worker.functions import Function, FunctionInError

_ADMIN_ROUTES = "/admin/"
_WEBHOOK_ROUTES = "/runtime/webhooks/durabletask/"
_OPEN_ROUTES = frozenset({"/admin/host/ping"})

type Level = Literal["anonymous", "function", "admin"]

_LEVELS: dict[str, Level] = {
    "anonymous": "anonymous",
    "function": "function",
    "admin": "admin",
}


def parse_level(function: Function) -> Level:
    """Read the authLevel of a function with an HTTP trigger; `function` when it says nothing.

    Raises:
        FunctionInError: it is not a level.
    """
    name = str(function.trigger.get("authLevel") or "function")
    level = _LEVELS.get(name.lower())
    if level is None:
        raise FunctionInError(function.name, f"its authLevel '{name}' is not a level.")
    return level


class Guard:
    """Decides about each request; without keys every request may pass."""

    def __init__(self, keys: KeyFile | None) -> None:
        self._keys = keys

    def get_webhook_query(self) -> str:
        """What URLs of the durable webhooks must carry, such as `code=...`; mostly nothing."""
        return f"code={self._keys.get_system_key(DURABLE_SYSTEM_KEY)}" if self._keys else ""

    def may_call(self, request: web.Request, function: Function, level: Level) -> bool:
        """Say whether a request's key opens a function with an HTTP trigger."""
        if self._keys is None or level == "anonymous":
            return True
        given = _read_key(request)
        if level == "function" and self._keys.is_for_function(given, function.name):
            return True
        return self._keys.is_master(given)

    def as_middleware(self) -> Middleware:
        """Protect the host's own routes: the admin ones and the webhooks."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            if resource is not None and not self._may_use_route(request, resource.canonical):
                return web.Response(status=401)
            return await handler(request)

        return check

    def _may_use_route(self, request: web.Request, route: str) -> bool:
        if self._keys is None or route in _OPEN_ROUTES:
            return True
        if route.startswith(_ADMIN_ROUTES):
            return self._keys.is_master(_read_key(request))
        if route.startswith(_WEBHOOK_ROUTES):
            given = _read_key(request)
            return self._keys.is_system_key(given, DURABLE_SYSTEM_KEY) or self._keys.is_master(
                given
            )
        return True


def _read_key(request: web.Request) -> str:
    return request.headers.get("x-functions-key") or request.query.get("code", "")
