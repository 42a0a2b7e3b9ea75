"""/admin/rehearsal: order the trouble that an app must survive, from this machine only."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.functions.rehearsal import POINTS, Rehearsal, is_point
from local.functions.rehearsal_feed import FeedOrders

_PATH = "/admin/rehearsal"

type _Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _FeedOrder(_Order):
    function: str | None = None
    batches: int = Field(default=1, ge=1, le=1_000)


class _Redelivery(_FeedOrder):
    seed: int = 0


class _Crash(_Order):
    point: str
    skip: int = Field(default=0, ge=0)


class _Delay(_Order):
    point: str
    milliseconds: float = Field(ge=0, le=3_600_000)


class RehearsalRoutes:
    """The orders, as requests.

    - GET: what is ordered, and the points and functions there are. DELETE: forget every order.
    - POST /redeliver {function, batches, seed}: give the last batches of each range again, grouped
      by chance. Without a function, for all that have a change feed.
    - POST /drop {function, batches}: record the next batches as done without a call.
    - POST /crash {point, skip}: end this process at a point as kill -9 would.
    - POST /delay {point, milliseconds}: let everything wait at a point; 0 ends that.

    Each answers what is then ordered.

    Args:
        rehearsal: The points of the host.
        feeds: The orders for each function with a change feed, by its name.
    """

    def __init__(self, rehearsal: Rehearsal, feeds: Mapping[str, FeedOrders]) -> None:
        self._rehearsal = rehearsal
        self._feeds = feeds

    def register(self, router: web.UrlDispatcher) -> None:
        """Add the routes to a router."""
        router.add_get(_PATH, _for_this_machine(self._get))
        router.add_delete(_PATH, _for_this_machine(self._delete))
        for name, handler in (
            ("redeliver", self._redeliver),
            ("drop", self._drop),
            ("crash", self._crash),
            ("delay", self._delay),
        ):
            router.add_post(f"{_PATH}/{name}", _for_this_machine(handler))

    async def _get(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                **self._rehearsal.describe(),
                "feeds": {name: orders.describe() for name, orders in self._feeds.items()},
                "points": POINTS,
            }
        )

    async def _delete(self, request: web.Request) -> web.Response:
        self._rehearsal.clear()
        for orders in self._feeds.values():
            orders.clear()
        return await self._get(request)

    async def _redeliver(self, request: web.Request) -> web.Response:
        order = await _read(request, _Redelivery)
        for orders in self._find_feeds(order.function):
            orders.order_redelivery(order.batches, order.seed)
        return await self._get(request)

    async def _drop(self, request: web.Request) -> web.Response:
        order = await _read(request, _FeedOrder)
        for orders in self._find_feeds(order.function):
            orders.order_drops(order.batches)
        return await self._get(request)

    async def _crash(self, request: web.Request) -> web.Response:
        order = await _read(request, _Crash)
        if not is_point(order.point):
            raise _refuse_point(order.point)
        self._rehearsal.order_crash(order.point, order.skip)
        return await self._get(request)

    async def _delay(self, request: web.Request) -> web.Response:
        order = await _read(request, _Delay)
        if not is_point(order.point):
            raise _refuse_point(order.point)
        self._rehearsal.order_delay(order.point, order.milliseconds / 1000)
        return await self._get(request)

    def _find_feeds(self, function: str | None) -> list[FeedOrders]:
        if not self._feeds:
            raise _refuse("the app has no cosmosDBTrigger function.")
        if function is None:
            return [*self._feeds.values()]
        if function not in self._feeds:
            raise _refuse(
                f"'{function}' is not a cosmosDBTrigger function; there are: "
                f"{', '.join(self._feeds)}."
            )
        return [self._feeds[function]]


def _for_this_machine(handler: _Handler) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        if not _is_loopback(request.remote):
            raise web.HTTPForbidden(text="Rehearsals are ordered from the host's own machine.")
        return await handler(request)

    return handle


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


async def _read[T: _Order](request: web.Request, kind: type[T]) -> T:
    # A page in a browser can send a form unasked, but not JSON.
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send the order as application/json.")
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(step) for step in first["loc"]) or "the order"
        raise _refuse(f"{field}: {first['msg']}.") from error


def _refuse(reason: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=f"Nothing is ordered: {reason}")


def _refuse_point(point: str) -> web.HTTPBadRequest:
    return _refuse(f"'{point}' is not a point; there are: {', '.join(POINTS)}.")
