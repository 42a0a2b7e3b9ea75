"""Offers in the SQLite file: the throughput of a database or container, a resource of its own."""

import sqlite3
import time
from uuid import uuid4

from local.cosmos.errors import not_found
from local.cosmos.storage.identifiers import offer_rid
from local.cosmos.values import Document, read_json, write_json


def add_offer(
    connection: sqlite3.Connection, resource: str, resource_rid: str, content: Document
) -> None:
    """Give a resource, named by its _self link, an offer."""
    number = connection.execute(
        "INSERT INTO offers (resource, properties) VALUES (?, '{}')", (resource,)
    ).lastrowid
    rid = offer_rid(number or 0)
    _store(
        connection,
        {
            "id": rid,
            "_rid": rid,
            "_self": f"offers/{rid}/",
            "offerVersion": "V2",
            "offerType": "Invalid",
            "resource": resource,
            "offerResourceId": resource_rid,
            "content": content,
        },
    )


def list_offers(connection: sqlite3.Connection) -> list[Document]:
    """All offers, oldest first."""
    found = connection.execute("SELECT properties FROM offers ORDER BY number")
    parsed = [read_json(properties) for (properties,) in found]
    return [offer for offer in parsed if isinstance(offer, dict)]


def find_offer(connection: sqlite3.Connection, name: str) -> Document:
    """An offer by its id, or CosmosError 404."""
    for offer in list_offers(connection):
        if offer["id"] == name:
            return offer
    raise not_found("Offer", name)


def change_offer(connection: sqlite3.Connection, offer: Document, content: Document) -> Document:
    """Give an offer other content; returns it as it is then."""
    changed: Document = {**offer, "content": content}
    return _store(connection, changed)


def remove_offer(connection: sqlite3.Connection, resource: str) -> None:
    """Take away the offer of a resource, if it has one."""
    connection.execute("DELETE FROM offers WHERE resource = ?", (resource,))


def _store(connection: sqlite3.Connection, offer: Document) -> Document:
    stored = offer | {"_etag": f'"{uuid4()}"', "_ts": int(time.time())}
    connection.execute(
        "UPDATE offers SET properties = ? WHERE resource = ?",
        (write_json(stored), stored["resource"]),
    )
    return stored
