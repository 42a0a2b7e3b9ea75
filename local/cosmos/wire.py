"""Requests and replies as the routes see them, free of the web server's own types."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from local.cosmos.errors import bad_request
from local.cosmos.values import Document, Json, read_json, write_json


@dataclass(frozen=True, slots=True)
class Call:
    """A request: method, percent-decoded path segments, headers without case, and the body."""

    method: str
    segments: list[str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        """The body as JSON, or CosmosError 400."""
        try:
            return read_json(self.body)
        except orjson.JSONDecodeError as error:
            raise bad_request(f"The request body is not valid JSON: {error}.") from error

    def document(self) -> Document:
        """The body as a JSON object, or CosmosError 400."""
        body = self.json()
        if not isinstance(body, dict):
            raise bad_request("The request body must be a JSON object.")
        return body

    def flag(self, header: str) -> bool:
        """Whether a header says true."""
        return self.headers.get(header, "").lower() == "true"

    def page_items(self, default: int) -> int:
        """Header x-ms-max-item-count; the default where it is missing or -1."""
        text = self.headers.get("x-ms-max-item-count", "")
        try:
            count = int(text or default)
        except ValueError as error:
            raise bad_request("x-ms-max-item-count must be a whole number.") from error
        return count if count > 0 else default


@dataclass(slots=True)
class Reply:
    """What is sent back; a body is JSON."""

    status: int
    body: bytes = b""
    charge: float = 1.0
    headers: dict[str, str] = field(default_factory=dict[str, str])


def json_reply(status: int, value: Json, charge: float = 1.0) -> Reply:
    """A reply with a JSON body, and its _etag as a header if it has one."""
    reply = Reply(status, write_json(value), charge)
    if isinstance(value, dict) and isinstance(etag := value.get("_etag"), str):
        reply.headers["etag"] = etag
    return reply


def feed_reply(kind: str, rid: str, entries: list[bytes], charge: float) -> Reply:
    """A list of resources that are serialised already, under the name of their kind."""
    count = str(len(entries)).encode()
    head = b'{"_rid":' + write_json(rid) + b"," + write_json(kind) + b":["
    body = head + b",".join(entries) + b'],"_count":' + count + b"}"
    return Reply(200, body, charge, {"x-ms-item-count": str(len(entries))})
