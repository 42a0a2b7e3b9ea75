"""Continuation tokens: where the next page of a query begins. Opaque to clients."""

import base64
import binascii
from dataclasses import dataclass
from hashlib import blake2b

import orjson

from local.cosmos.errors import bad_request
from local.cosmos.values import Document, read_json, write_json


@dataclass(frozen=True)
class Position:
    """After which row a page begins, and how many results of what follows are to be skipped."""

    after: int = 0
    skip: int = 0


def fingerprint(text: str, parameters: Document) -> str:
    """Tells queries apart, so that a token is used with its own query only."""
    return blake2b(write_json([text, parameters]), digest_size=8).hexdigest()


def write_token(query: str, position: Position) -> str:
    """The token for a position in the results of the query of this fingerprint."""
    return base64.b64encode(write_json([query, position.after, position.skip])).decode()


def read_token(query: str, token: str | None) -> Position:
    """The position that a token stands for; the beginning without a token.

    Raises:
        CosmosError: 400, it is no token or belongs to another query.
    """
    if not token:
        return Position()
    try:
        fields = read_json(base64.b64decode(token, validate=True))
    except (binascii.Error, orjson.JSONDecodeError, UnicodeError) as error:
        raise bad_request("The continuation token is malformed.") from error
    match fields:
        case [str() as name, int() as after, int() as skip] if name == query:
            return Position(after, skip)
        case _:
            raise bad_request("The continuation token belongs to another query.")
