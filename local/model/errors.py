"""Errors as OpenAI and Azure OpenAI answer them."""

import orjson
from aiohttp import web


class ApiError(Exception):
    """A request that is refused with OpenAI's error body.

    `param` names the request field at fault and `code` is the machine-readable reason; clients
    tell errors apart by the HTTP status and this code.
    """

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code


def error_body(error: ApiError) -> dict[str, object]:
    """The JSON body of an error."""
    kind = _TYPE_BY_STATUS.get(error.status, "invalid_request_error")
    return {
        "error": {
            "message": error.message,
            "type": "server_error" if error.status >= 500 else kind,
            "param": error.param,
            "code": error.code,
        }
    }


_TYPE_BY_STATUS = {429: "rate_limit_error", 403: "permission_error"}


def error_response(error: ApiError, headers: dict[str, str] | None = None) -> web.Response:
    """The HTTP answer of an error."""
    return json_response(error_body(error), status=error.status, headers=headers)


def json_response(
    body: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """An HTTP answer with a JSON body."""
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )
