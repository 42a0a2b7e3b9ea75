"""The web server: checks who asks, finds the route, and turns what happens into a response."""

import asyncio
import logging
import socket
import ssl
import traceback
from collections.abc import Iterator
from functools import partial
from itertools import count
from urllib.parse import unquote
from uuid import uuid4

from aiohttp import StreamReader, web

from local.cosmos.admin import AdminRoutes
from local.cosmos.auth import Authorizer
from local.cosmos.errors import CosmosError
from local.cosmos.execution.engine import QueryEngine
from local.cosmos.fault_effects import NO_REPLY, answer_struck
from local.cosmos.faults import FaultPlan
from local.cosmos.routes.service import Service
from local.cosmos.routes.table import METADATA, find_route
from local.cosmos.sql.parser import parse_query
from local.cosmos.stats import Stats
from local.cosmos.storage.store import Store
from local.cosmos.wire import Call, Reply

logger = logging.getLogger("local.cosmos")

MAX_REQUEST_BYTES = 8 * 1024 * 1024


class CosmosServer:
    """Serves one store on one port."""

    def __init__(
        self, store: Store, authorizer: Authorizer, tls: ssl.SSLContext | None = None
    ) -> None:
        """Take an open store, which stays the caller's to close; without TLS it serves http."""
        self._tls = tls
        self._service = Service(store, QueryEngine(store), "https" if tls else "http")
        self._authorizer = authorizer
        self._stats = Stats()
        self._faults = FaultPlan()
        self._admin = AdminRoutes(self._stats, self._faults, self._service)
        self._runner = web.ServerRunner(web.Server(self._respond, access_log=None))
        self._activities = _name_activities()
        self._housekeeping: asyncio.Task[None] | None = None

    async def start(self, listening: socket.socket) -> None:
        """Serve on a socket that is bound already."""
        await self._runner.setup()
        site = web.SockSite(self._runner, listening, shutdown_timeout=0.5, ssl_context=self._tls)
        await site.start()
        self._housekeeping = asyncio.create_task(self._service.store.keep_house())
        # The grammar takes a moment to load: not within the first query, and not on this thread.
        await asyncio.to_thread(parse_query, "SELECT * FROM c")

    async def stop(self) -> None:
        """Finish what is being answered and stop."""
        if self._housekeeping:
            self._housekeeping.cancel()
        await self._runner.cleanup()
        self._service.engine.close()

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        path, headers = request.rel_url.raw_path, request.headers
        if self._admin.owns(path):
            return await self._admin.respond(request)
        segments = [unquote(part) if "%" in part else part for part in path.split("/") if part]
        name = METADATA
        container = segments[3] if len(segments) > 3 else ""
        user_agent = headers.get("user-agent", "")
        size = 0
        try:
            self._authorizer.check(request.method, segments, headers)
            body = await _read_body(request) if request.can_read_body else b""
            size = len(body)
            call = Call(request.method, segments, headers, body)
            name, handler = find_route(call)
            rule = self._faults.take(name, container, user_agent)
            handle = partial(handler, self._service, call)
            reply = await answer_struck(rule, handle) if rule else await handle()
        except CosmosError as error:
            reply = _error_reply(error)
        except Exception as error:  # noqa: BLE001 - the boundary: it must not end the connection
            _log_fault(name, "/".join(segments[:4]), error)
            reply = _error_reply(CosmosError(500, "The server failed; its log says where."))
        self._stats.add(
            (name, container, user_agent),
            status=reply.status,
            request_bytes=size,
            response_bytes=len(reply.body),
            request_units=reply.charge,
        )
        if reply.status == NO_REPLY:
            return _close_connection(request)
        activity = headers.get("x-ms-activity-id") or next(self._activities)
        reply.headers["x-ms-activity-id"] = activity
        return _to_response(reply)


def _name_activities() -> Iterator[str]:
    """Names for requests whose client gave none: GUIDs in form, unique like them, but cheap."""
    start = str(uuid4())[:-12]
    return (f"{start}{number:012x}" for number in count())


async def _read_body(request: web.BaseRequest) -> bytes:
    if request.content_length is None:
        return await _read_chunks(request.content)
    if request.content_length > MAX_REQUEST_BYTES:
        raise _too_large()
    # Not request.read(): its limit of 1 MB is below that of an item.
    return await request.content.read()


async def _read_chunks(content: StreamReader) -> bytes:
    """A body that does not say beforehand how long it is."""
    body = bytearray()
    async for part in content.iter_any():
        body += part
        if len(body) > MAX_REQUEST_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> CosmosError:
    return CosmosError(413, f"A request may have {MAX_REQUEST_BYTES} bytes.")


def _close_connection(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere: the web server wants one


def _log_fault(operation: str, link: str, error: Exception) -> None:
    """Log where a fault of ours happened; its message is left out, as it may quote an item."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s of %s failed with %s\n%s", operation, link, type(error).__name__, frames)


def _error_reply(error: CosmosError) -> Reply:
    body = b"" if error.status == 304 else error.body()
    reply = Reply(error.status, body)
    if error.substatus:
        reply.headers["x-ms-substatus"] = str(error.substatus)
    return reply


def _to_response(reply: Reply) -> web.Response:
    headers = reply.headers
    headers["x-ms-request-charge"] = f"{reply.charge:g}"
    headers["x-ms-version"] = "2020-07-15"
    if reply.body:
        headers["Content-Type"] = "application/json"
    return web.Response(status=reply.status, body=reply.body, headers=headers)
