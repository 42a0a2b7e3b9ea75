"""The answer to a start: where its status is, and every other URL of the instance."""

from urllib.parse import quote

from aiohttp import web

from local.functions.durable.webhook_requests import WEBHOOKS

_OPERATIONS = {
    "statusQueryGetUri": "",
    "sendEventPostUri": "/raiseEvent/{eventName}",
    "terminatePostUri": "/terminate?reason={text}",
    "rewindPostUri": "/rewind?reason={text}",
    "purgeHistoryDeleteUri": "",
    "restartPostUri": "/restart",
    "suspendPostUri": "/suspend?reason={text}",
    "resumePostUri": "/resume?reason={text}",
}
_RETRY_AFTER_SECONDS = "10"


def answer_start(request: web.Request, instance_id: str) -> web.Response:
    """As CreateCheckStatusResponse of the extension."""
    instance = f"{request.url.origin()}{WEBHOOKS}/instances/{quote(instance_id, safe='')}"
    # The query goes along: it carries the key that opens these routes.
    query = request.url.raw_query_string
    urls = {name: _join(instance + path, query) for name, path in _OPERATIONS.items()}
    headers = {"Location": urls["statusQueryGetUri"], "Retry-After": _RETRY_AFTER_SECONDS}
    return web.json_response({"id": instance_id, **urls}, status=202, headers=headers)


def _join(url: str, query: str) -> str:
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"
