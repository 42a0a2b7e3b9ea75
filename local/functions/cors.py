"""Cross-origin requests of browsers: the Host.CORS section of local.settings.json.

As ASP.NET's policy "these origins, any header, any method" answers them, which Core Tools use.
"""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from local.functions.local_settings import LocalSettings


class Cors:
    """Which origins' pages may read the host's answers; without any, no header is ever sent."""

    def __init__(self, settings: LocalSettings) -> None:
        self._origins = frozenset(origin.lower() for origin in settings.cors_origins)
        self._credentials = settings.cors_credentials

    def as_middleware(self) -> Middleware:
        """Answer preflight requests, before anything else looks at them."""

        @web.middleware
        async def answer_preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
            wanted = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD)
            is_preflight = request.method == hdrs.METH_OPTIONS and hdrs.ORIGIN in request.headers
            if not self._origins or not is_preflight or not wanted:
                return await handler(request)
            response = web.Response(status=204)
            if self._allow(request):
                response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = wanted
                headers = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS)
                if headers:
                    response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = headers
            return response

        return answer_preflight

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the page of an allowed origin read this response, an error's too."""
        origin = self._allow(request)
        if origin is None:
            return
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        if origin != "*":
            response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        if self._credentials:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"

    def _allow(self, request: web.Request) -> str | None:
        origin = request.headers.get(hdrs.ORIGIN)
        if not origin:
            return None
        if "*" in self._origins:
            return "*"
        return origin if origin.lower() in self._origins else None
