"""Offers: list, query, read, replace. They come and go with their database or container."""

from local.cosmos.errors import precondition_failed
from local.cosmos.execution.resources import query_resources
from local.cosmos.routes.query import parse_query_body
from local.cosmos.routes.service import Service
from local.cosmos.storage.offers import change_offer, find_offer, list_offers
from local.cosmos.throughput import changed_throughput
from local.cosmos.values import Document, write_json
from local.cosmos.wire import Call, Reply, feed_reply, json_reply


async def read_offers(service: Service, call: Call) -> Reply:
    """GET /offers, all in one page."""
    offers = list_offers(service.store.reader)
    return feed_reply("Offers", "", [write_json(offer) for offer in offers], 1.0)


async def query_offers(service: Service, call: Call) -> Reply:
    """POST /offers with a query, all results in one page."""
    text, parameters = parse_query_body(call)
    results = query_resources(text, parameters, list_offers(service.store.reader))
    return feed_reply("Offers", "", [write_json(result) for result in results], 1.0)


async def read_offer(service: Service, call: Call) -> Reply:
    """GET /offers/{id}."""
    return json_reply(200, find_offer(service.store.reader, call.segments[1]))


async def replace_offer(service: Service, call: Call) -> Reply:
    """PUT /offers/{id}: its throughput changes, nothing else."""
    wanted, expected = call.document().get("content"), call.headers.get("if-match")
    connection, name = service.store.writer.connection, call.segments[1]

    def replace() -> Document:
        offer = find_offer(connection, name)
        if expected not in (None, "*", offer["_etag"]):
            raise precondition_failed(name)
        current = offer["content"]
        content = changed_throughput(current if isinstance(current, dict) else {}, wanted)
        return change_offer(connection, offer, content)

    return json_reply(200, await service.store.writer.run(replace))
