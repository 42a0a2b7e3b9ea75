"""The host's HTTP port."""

import socket
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from local.functions.triggers.http import MAX_BODY_BYTES


class PortInUseError(Exception):
    """The address cannot be listened on; the message says which and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """Take a port before anything else is done, so that a second host fails at once.

    Raises:
        PortInUseError: somebody else listens there, or the address is not one of this machine.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Binding alone lets a second process bind too; listening is what excludes it.
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise PortInUseError(
            f"Cannot listen on {host}:{port} ({error.strerror}). Is another host running? Stop it "
            "or choose another --port."
        ) from error
    return listening


@web.middleware
async def _hide_wrong_methods(request: web.Request, handler: Handler) -> web.StreamResponse:
    # The real host does not find a function whose methods do not include this one.
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed:
        return web.Response(status=404)


type ResponseHook = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


class HttpListener:
    """Serves a router's routes on a socket that is already bound.

    Args:
        listening: The bound socket.
        drain_seconds: How long requests under way may take once the listener is told to stop.
    """

    def __init__(self, listening: socket.socket, drain_seconds: float) -> None:
        self._socket = listening
        self._app = web.Application(
            client_max_size=MAX_BODY_BYTES, middlewares=[_hide_wrong_methods]
        )
        self._runner = web.AppRunner(
            self._app,
            access_log=None,
            shutdown_timeout=drain_seconds,
            # As on Azure a compressed body is for the function to unpack.
            auto_decompress=False,
        )

    def add_middleware(self, middleware: Middleware) -> None:
        """Let every request pass through this too, after those added before; before start."""
        self._app.middlewares.append(middleware)

    def before_response(self, hook: ResponseHook) -> None:
        """Call this before the headers of any response are sent; before start."""
        self._app.on_response_prepare.append(hook)

    def add_response_headers(self, headers: Mapping[str, str]) -> None:
        """Send these with every response (customHeaders of host.json); before start."""

        async def add(_request: web.Request, response: web.StreamResponse) -> None:
            response.headers.update(headers)

        if headers:
            self.before_response(add)

    @property
    def router(self) -> web.UrlDispatcher:
        """Where routes are added, before start."""
        return self._app.router

    @property
    def base_url(self) -> str:
        """The URL of the port, without a slash at the end."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Answer requests from now on."""
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def stop(self) -> None:
        """Close the port, then wait a moment for requests under way."""
        await self._runner.cleanup()
