"""Which route a request takes, and the name under which it is counted."""

from collections.abc import Awaitable, Callable

from local.cosmos.errors import CosmosError
from local.cosmos.routes import account, containers, databases, feed, items, offers, query, ranges
from local.cosmos.routes.service import Service
from local.cosmos.wire import Call, Reply

type Handler = Callable[[Service, Call], Awaitable[Reply]]
type Route = tuple[str, Handler]

METADATA = "metadata"
# By method and the shape of the path: names of resources stand as {}.
_FIXED: dict[tuple[str, str], Route] = {
    ("GET", ""): (METADATA, account.read_account),
    ("GET", "offers"): (METADATA, offers.read_offers),
    ("POST", "offers"): (METADATA, offers.query_offers),
    ("GET", "offers/{}"): (METADATA, offers.read_offer),
    ("PUT", "offers/{}"): (METADATA, offers.replace_offer),
    ("GET", "dbs"): (METADATA, databases.list_databases),
    ("GET", "dbs/{}"): (METADATA, databases.read_database),
    ("DELETE", "dbs/{}"): (METADATA, databases.delete_database),
    ("GET", "dbs/{}/colls"): (METADATA, containers.list_containers),
    ("GET", "dbs/{}/colls/{}"): (METADATA, containers.read_container),
    ("PUT", "dbs/{}/colls/{}"): (METADATA, containers.replace_container),
    ("DELETE", "dbs/{}/colls/{}"): (METADATA, containers.delete_container),
    ("GET", "dbs/{}/colls/{}/pkranges"): (METADATA, ranges.list_ranges),
    ("GET", "dbs/{}/colls/{}/docs/{}"): ("read", items.read_item),
    ("PUT", "dbs/{}/colls/{}/docs/{}"): ("replace", items.replace_item),
    ("PATCH", "dbs/{}/colls/{}/docs/{}"): ("patch", items.patch_item),
    ("DELETE", "dbs/{}/colls/{}/docs/{}"): ("delete", items.delete_item),
}


def find_route(call: Call) -> Route:
    """The route of a request, or CosmosError 404."""
    shape = "/".join(part if at % 2 == 0 else "{}" for at, part in enumerate(call.segments))
    route = _FIXED.get((call.method, shape)) or _by_headers(call, shape)
    if route is None:
        raise CosmosError(404, f"There is nothing at {call.method} /{shape} on this server.")
    return route


def _by_headers(call: Call, shape: str) -> Route | None:
    """POST and GET of a feed mean different things by their headers."""
    match call.method, shape:
        case "POST", "dbs":
            return METADATA, databases.refuse_query if _is_query(
                call
            ) else databases.create_database
        case "POST", "dbs/{}/colls":
            return METADATA, (
                databases.refuse_query if _is_query(call) else containers.create_container
            )
        case "POST", "dbs/{}/colls/{}/docs":
            return _post_items(call)
        case "GET", "dbs/{}/colls/{}/docs":
            if "a-im" in call.headers:
                return "change_feed", feed.read_changes
            return "list", query.list_items
        case _:
            return None


def _post_items(call: Call) -> Route:
    if call.flag("x-ms-cosmos-is-query-plan-request"):
        return "query_plan", query.plan_query
    if _is_query(call):
        return "query", query.query_items
    if call.flag("x-ms-cosmos-is-batch-request"):
        return "batch", items.execute_batch
    if call.flag("x-ms-documentdb-is-upsert"):
        return "upsert", items.upsert_item
    return "create", items.create_item


def _is_query(call: Call) -> bool:
    kind = call.headers.get("content-type", "")
    return call.flag("x-ms-documentdb-isquery") or kind.startswith("application/query+json")
