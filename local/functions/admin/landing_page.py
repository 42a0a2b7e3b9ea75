"""The page at the host's root: that it is up, and what it runs."""

from html import escape
from importlib.resources import files

from aiohttp import web

from local.functions.settings import AppSettings
from local.functions.triggers.http import HttpTrigger
from local.functions.worker.functions import Function

_TEMPLATE = (files(__package__) / "landing_page.html").read_text("utf-8")


class LandingPage:
    """GET /: a page to look at, or nothing with AzureWebJobsDisableHomepage."""

    def __init__(
        self, functions: list[Function], http: list[HttpTrigger], settings: AppSettings
    ) -> None:
        rows = [*map(_describe_http, http), *map(_describe_other, functions)]
        is_off = (settings.get("AzureWebJobsDisableHomepage") or "").lower() in ("1", "true")
        self._page = None if is_off else _TEMPLATE.replace("$rows", "\n".join(rows))

    def register(self, router: web.UrlDispatcher) -> None:
        """Add the route to a router."""
        router.add_get("/", self._get)

    async def _get(self, _request: web.Request) -> web.Response:
        if self._page is None:
            return web.Response(status=204)
        return web.Response(text=self._page, content_type="text/html")


def _describe_http(trigger: HttpTrigger) -> str:
    methods = ", ".join(trigger.methods) or "any method"
    return _row(trigger.name, "httpTrigger", f"{methods} {trigger.template}", trigger.level)


def _describe_other(function: Function) -> str:
    if function.kind == "httpTrigger":
        return ""
    trigger = function.trigger
    detail = trigger.get("schedule") or trigger.get("containerName") or function.dispatch_name
    return _row(function.name, function.kind, str(detail), "")


def _row(name: str, kind: str, detail: str, level: str) -> str:
    cells = "".join(f"<td>{escape(text)}</td>" for text in (kind, detail, level))
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
