"""The HTTP server: its key, its answers to errors, its life from start to stop."""

import asyncio
import errno
import hmac
import logging
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from local.model.admin import AdminRoutes
from local.model.errors import ApiError, error_response
from local.model.faults import FaultPlan
from local.model.routes import ModelRoutes
from local.model.stats import Stats
from local.process import wait_for_stop

LARGEST_BODY = 64 * 1024 * 1024
EXIT_PORT_IN_USE = 4
logger = logging.getLogger("local.model")


@dataclass(frozen=True)
class ServerOptions:
    """How the server is run; `key` None means that any key or none is taken."""

    host: str = "127.0.0.1"
    port: int = 8082
    key: str | None = field(default=None, repr=False)
    dimensions: int = 1536
    exit_with_parent: bool = False


async def serve(options: ServerOptions) -> int:
    """Serve until told to stop; the result is the exit status."""
    stopped = asyncio.create_task(wait_for_stop(exit_with_parent=options.exit_with_parent))
    await asyncio.sleep(0)  # signals are heeded before anyone is told that the server is there
    runner = web.AppRunner(build_app(options), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        if not await _listen(runner, options):
            return EXIT_PORT_IN_USE
        await stopped
        return 0
    finally:
        stopped.cancel()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, options: ServerOptions) -> bool:
    """Listen, and say where; False when the port is taken."""
    site = web.TCPSite(runner, options.host, options.port)
    try:
        await site.start()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        logger.error(  # noqa: TRY400 - one clear line; the trace would say no more
            "port %d on %s is in use; stop what listens there or choose another with --port",
            options.port,
            options.host,
        )
        return False
    port = int(runner.addresses[0][1])
    logger.info("model stand-in listens on http://%s:%d/v1", options.host, port)
    return True


def build_app(options: ServerOptions) -> web.Application:
    """The web application, with counters and faults of its own."""
    stats, faults = Stats(), FaultPlan()
    app = web.Application(
        client_max_size=LARGEST_BODY, middlewares=[_answer_errors, _require_key(options.key)]
    )
    ModelRoutes(stats, faults, options.dimensions).add_to(app)
    AdminRoutes(stats, faults).add_to(app)
    return app


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as error:
        return error_response(error)
    except web.HTTPException as error:
        message = f"Invalid URL ({request.method} {request.path})"
        if error.status not in (404, 405):
            message = error.reason
        return error_response(ApiError(error.status, message))
    except Exception:
        # The last boundary: a client is owed OpenAI's error shape, the operator the trace.
        logger.exception("%s %s failed", request.method, request.path)
        return error_response(ApiError(500, "The stand-in failed; its log has the trace."))


def _require_key(key: str | None) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if key is not None and not request.path.startswith("/_"):
            given = _given_key(request)
            if not given:
                raise ApiError(
                    401,
                    "You didn't provide an API key. You need to provide it in an Authorization "
                    "header using Bearer auth (Authorization: Bearer KEY) or in an api-key header.",
                )
            if not hmac.compare_digest(given.encode(), key.encode()):
                raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")
        return await handler(request)

    return check


def _given_key(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.headers.get("api-key", "")
