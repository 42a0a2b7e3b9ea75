"""HTTP triggers: requests under the route prefix become invocations."""

import logging
import re
from collections.abc import Iterable

from aiohttp import web
from multidict import CIMultiDict

from local.functions.access.guard import Guard, Level, parse_level
from local.functions.worker.failures import FunctionFailedError, log_failure
from local.functions.worker.functions import Function, FunctionInError
from local.functions.worker.messages import RpcHttp, RpcHttpCookie, SameSite, TypedData
from local.functions.worker.runtime import Worker

logger = logging.getLogger("Host.Http")

MAX_BODY_BYTES = 100 * 2**20
"""The host's default limit of a request."""

_RESERVED = ("admin", "runtime")

# A parameter of an ASP.NET route: {name}, {name:int}, {name?}, {*rest}, {name=default}.
_PARAMETER = re.compile(r"\{(\*{0,2})(\w+)(?::([^}?=]+))?(\?|=[^}]*)?\}")

_CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "bool": r"(?i:true|false)",
    "guid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "alpha": r"[A-Za-z]+",
    "decimal": r"-?\d+(?:\.\d+)?",
    "double": r"-?\d+(?:\.\d+)?",
    "float": r"-?\d+(?:\.\d+)?",
}


class HttpTrigger:
    """One HTTP function: the paths it answers, to whom, and how.

    Raises:
        FunctionInError: its route is one of the host's own, or its authLevel is not one.
    """

    def __init__(self, worker: Worker, function: Function, route_prefix: str, guard: Guard) -> None:
        self._worker = worker
        self._function = function
        self._guard = guard
        self.level: Level = parse_level(function)
        self.name = function.name
        route = str(function.trigger.get("route") or function.name).strip("/")
        self.template = "/" + "/".join(part for part in (route_prefix, route) if part)
        if self.template.split("/")[1].lower() in _RESERVED:
            raise FunctionInError(
                function.name,
                "The specified route conflicts with one or more built in routes: it must not begin "
                f"with {' or '.join(_RESERVED)}.",
            )
        methods: list[str] = function.trigger.get("methods") or []
        self.methods = [method.upper() for method in methods]

    def register(self, router: web.UrlDispatcher) -> None:
        """Add this function's paths to a router; without methods every method is answered."""
        for path in translate_route(self.template):
            for method in self.methods or ["*"]:
                router.add_route(method, path, self._handle)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if not self._guard.may_call(request, self._function, self.level):
            return web.Response(status=401)
        try:
            result = await self._worker.invoke(
                self._function,
                TypedData(http=await _read_request(request)),
                trace_parent=request.headers.get("traceparent", ""),
            )
        except FunctionFailedError as error:
            log_failure(logger, self._function.name, error, "the caller is told 500")
            return web.Response(status=500)
        return _build_response(result)


def check_routes(triggers: Iterable[HttpTrigger]) -> None:
    """See that no two functions answer the same requests.

    Raises:
        FunctionInError: two do. (On Azure one of them is never called, without a word.)
    """
    taken: dict[tuple[str, str], str] = {}
    for trigger in triggers:
        for path in translate_route(trigger.template):
            methods = trigger.methods or ["*"]
            known = {m: name for (m, p), name in taken.items() if p == path}
            clash = set(known) if "*" in methods else set(known) & {*methods, "*"}
            if clash:
                other = known[min(clash)]
                raise FunctionInError(
                    trigger.name, f"its route {trigger.template} is that of '{other}' already."
                )
            taken.update({(method, path): trigger.name for method in methods})


def translate_route(template: str) -> list[str]:
    """Write an ASP.NET route template as aiohttp paths: two when its last part is optional."""
    paths: list[str] = []
    optional = re.search(r"/\{\w+(?::[^}?=]+)?\?\}$", template)
    if optional:
        paths.append(template[: optional.start()] or "/")
    paths.append(template)
    return [_PARAMETER.sub(_translate_parameter, path) for path in paths]


def _translate_parameter(match: re.Match[str]) -> str:
    stars, name, constraint, _ = match.groups()
    if stars:
        return f"{{{name}:.*}}"
    pattern = _CONSTRAINTS.get(constraint or "")
    return f"{{{name}:{pattern}}}" if pattern else f"{{{name}}}"


async def _read_request(request: web.Request) -> RpcHttp:
    body = await request.read()
    return RpcHttp(
        method=request.method,
        url=str(request.url),
        headers={name.lower(): value for name, value in request.headers.items()},
        # The worker announces RawHttpBodyBytes: bodies are never decoded on the way.
        body=TypedData(bytes=body) if body else None,
        params=dict(request.match_info),
        query={name: ",".join(request.query.getall(name)) for name in request.query},
    )


def _build_response(result: TypedData) -> web.Response:
    if result.http is None:
        text = result.string if result.string is not None else result.json
        if text is None and result.bytes is None:
            return web.Response(status=204)
        if text is not None:
            return web.Response(text=text)
        return web.Response(body=result.bytes)
    http = result.http
    headers = CIMultiDict(http.headers)
    body = http.body or TypedData()
    content = body.bytes if body.bytes is not None else (body.string or body.json or "").encode()
    response = web.Response(status=int(http.status_code or 200), headers=headers, body=content)
    for cookie in http.cookies or ():
        _set_cookie(response, cookie)
    return response


def _set_cookie(response: web.Response, cookie: RpcHttpCookie) -> None:
    same_site = {SameSite.Lax: "Lax", SameSite.Strict: "Strict", SameSite.ExplicitNone: "None"}
    response.set_cookie(
        cookie.name,
        cookie.value,
        domain=cookie.domain.value if cookie.domain else None,
        path=(cookie.path.value if cookie.path else None) or "/",
        max_age=int(cookie.max_age.value) if cookie.max_age and cookie.max_age.value else None,
        secure=bool(cookie.secure and cookie.secure.value),
        httponly=bool(cookie.http_only and cookie.http_only.value),
        samesite=same_site.get(SameSite(cookie.same_site)),
    )
