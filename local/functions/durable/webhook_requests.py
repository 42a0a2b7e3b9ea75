"""What the management routes have in common: reading bodies, and answering what is refused."""

import json
from collections.abc import Awaitable, Callable

import grpc
from aiohttp import web

from local.functions.durable.refusal import RefusedError

WEBHOOKS = "/runtime/webhooks/durabletask"

type Handler = Callable[[web.Request], Awaitable[web.Response]]

_HTTP_STATUSES = {
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 412,
}


def refusing(handler: Handler) -> Handler:
    """A handler that answers what the engine refuses with the engine's reason."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except RefusedError as refusal:
            return refuse(_HTTP_STATUSES.get(refusal.code, 500), refusal.details)

    return handle


def refuse(status: int, message: str) -> web.Response:
    """An error as the extension writes it."""
    return web.json_response({"Message": message}, status=status)


async def read_text(request: web.Request) -> str:
    """Read a body as UTF-8.

    Raises:
        web.HTTPBadRequest: it is not.
    """
    try:
        return (await request.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise web.HTTPBadRequest(text=f"The body is not UTF-8: {error.reason}.") from error


async def read_json(request: web.Request) -> str:
    """Read a body that is JSON, or empty, and return it as it is.

    Raises:
        web.HTTPBadRequest: it is neither.
    """
    text = await read_text(request)
    try:
        json.loads(text or "null")
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text=f"The body is not JSON: {error}.") from error
    return text


def is_json(request: web.Request) -> bool:
    """Whether a request says that its body is JSON."""
    return request.content_type.lower() == "application/json"
