"""The one exception that becomes an HTTP error, in the service's own form.

Status and sub-status codes are those of the service, because clients decide by them:
1001 partition key mismatch, 1002 partition key range gone, 1003 the container of what is asked for
does not exist, 1004 cross-partition query not allowed, 1024 the container was recreated, 1110 the
condition of a patch does not hold.
"""

from local.cosmos.values import write_json

_CODES = {
    304: "NotModified",
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "RequestEntityTooLarge",
    424: "FailedDependency",
    429: "TooManyRequests",
    449: "RetryWith",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}


class CosmosError(Exception):
    """A refusal that the client is told about: status, sub-status and a sentence."""

    def __init__(self, status: int, message: str, substatus: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.substatus = substatus
        self.message = message

    def body(self) -> bytes:
        """The error document of the REST interface."""
        # What the message quotes may come from a header, of which not every byte need be text.
        message = self.message.encode(errors="replace").decode()
        return write_json({"code": _CODES.get(self.status, "Error"), "message": message})


def bad_request(message: str, substatus: int = 0) -> CosmosError:
    """A request that will fail again however often it is sent."""
    return CosmosError(400, message, substatus)


def not_found(what: str, name: str) -> CosmosError:
    """Nothing of that name exists (or it has expired)."""
    return CosmosError(404, f"{what} '{name}' does not exist.")


def conflict(what: str, name: str) -> CosmosError:
    """A resource of that name exists already."""
    return CosmosError(409, f"{what} '{name}' already exists.")


def precondition_failed(name: str) -> CosmosError:
    """If-Match names a version that is not the current one."""
    return CosmosError(
        412, f"Item '{name}' has another _etag than the one in the request: read it again."
    )
