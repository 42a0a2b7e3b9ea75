"""Queries over items, the plans that some clients ask for first, and plain lists of items."""

from local.cosmos.charge import query_charge
from local.cosmos.errors import bad_request
from local.cosmos.execution.engine import DEFAULT_PAGE_ITEMS, Query
from local.cosmos.routes.scopes import require_scope, scope_of_call
from local.cosmos.routes.service import Service
from local.cosmos.sql.parser import parse_query
from local.cosmos.storage.containers import Container
from local.cosmos.storage.rows import Scope
from local.cosmos.values import Document
from local.cosmos.wire import Call, Reply, feed_reply, json_reply


async def query_items(service: Service, call: Call) -> Reply:
    """POST .../docs with a query. Whatever its scope, it is evaluated here to the end.

    The answer to a cross-partition query is complete, so clients need no plan and merge nothing.
    """
    container = service.container(call)
    text, parameters = parse_query_body(call)
    return await _run(service, container, call, text, parameters, require_scope(container, call))


async def list_items(service: Service, call: Call) -> Reply:
    """GET .../docs: all items, in the order in which they were created."""
    container = service.container(call)
    scope = scope_of_call(container, call) or Scope()
    return await _run(service, container, call, "SELECT * FROM c", {}, scope)


async def _run(
    service: Service,
    container: Container,
    call: Call,
    text: str,
    parameters: Document,
    scope: Scope,
) -> Reply:
    query = Query(
        text,
        parameters,
        scope,
        call.page_items(DEFAULT_PAGE_ITEMS),
        call.headers.get("x-ms-continuation"),
    )
    page = await service.engine.run(container, query)
    size = sum(map(len, page.results))
    reply = feed_reply("Documents", container.rid, page.results, query_charge(page.examined, size))
    if page.continuation:
        reply.headers["x-ms-continuation"] = page.continuation
    epk = scope.key.epk if scope.key else scope.minimum
    return service.add_container_headers(reply, container, epk)


def parse_query_body(call: Call) -> tuple[str, Document]:
    """Text and parameters, the @ before their names, or CosmosError 400."""
    body = call.document()
    text, given = body.get("query"), body.get("parameters") or []
    if not isinstance(text, str):
        raise bad_request("A query needs 'query', its text.")
    if not isinstance(given, list):
        raise bad_request("'parameters' must be an array of objects with 'name' and 'value'.")
    parameters: Document = {}
    for entry in given:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(name, str):
            raise bad_request("Each parameter must be an object with 'name' and 'value'.")
        parameters[name if name.startswith("@") else f"@{name}"] = entry.get("value")
    return text, parameters


async def plan_query(service: Service, call: Call) -> Reply:
    """POST .../docs with x-ms-cosmos-is-query-plan-request: there is nothing left to the client."""
    service.container(call)
    text, _ = parse_query_body(call)
    select = parse_query(text)
    return json_reply(
        200,
        {
            "partitionedQueryExecutionInfoVersion": 2,
            "queryInfo": {
                "distinctType": "None",
                "top": None,
                "offset": None,
                "limit": None,
                "orderBy": [],
                "orderByExpressions": [],
                "groupByExpressions": [],
                "groupByAliases": [],
                "aggregates": [],
                "groupByAliasToAggregateType": {},
                "rewrittenQuery": "",
                "hasSelectValue": select.projection.kind == "value",
                "hasNonStreamingOrderBy": False,
            },
            "queryRanges": [
                {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}
            ],
        },
    )
