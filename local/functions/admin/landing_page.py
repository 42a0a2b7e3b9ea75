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
        self,
        functions: list[Function],
        http: list[HttpTrigger],
        settings: AppSettings,
        *,
        asks_for_keys: bool,
    ) -> None:
        others = [function for function in functions if function.kind != "httpTrigger"]
        rows = [_describe_http(trigger, asks_for_keys=asks_for_keys) for trigger in http]
        rows += map(_describe_other, others)
        is_off = (settings.get("AzureWebJobsDisableHomepage") or "").lower() in ("1", "true")
        self._page = None if is_off else _TEMPLATE.replace("$rows", "\n".join(rows))

    def register(self, router: web.UrlDispatcher) -> None:
        """Add the route to a router."""
        router.add_get("/", self._get)

    async def _get(self, _request: web.Request) -> web.Response:
        if self._page is None:
            return web.Response(status=204)
        return web.Response(text=self._page, content_type="text/html")


def _describe_http(trigger: HttpTrigger, *, asks_for_keys: bool) -> str:
    methods = ", ".join(trigger.methods) or "any method"
    route = escape(trigger.template)
    # A link can only be followed where nothing is left to fill in.
    if "GET" in (trigger.methods or ["GET"]) and "{" not in route:
        route = f'<a href="{route}">{route}</a>'
    level = trigger.level if asks_for_keys else "none here"
    return _row(trigger.name, "httpTrigger", f"{escape(methods)} {route}", level)


def _describe_other(function: Function) -> str:
    trigger = function.trigger
    detail = trigger.get("schedule") or trigger.get("containerName") or function.dispatch_name
    return _row(function.name, function.kind, escape(str(detail)), "")


def _row(name: str, kind: str, detail_html: str, level: str) -> str:
    cells = f"<td>{escape(kind)}</td><td>{detail_html}</td><td>{escape(level)}</td>"
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
