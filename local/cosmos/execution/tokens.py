"""Continuation tokens: where the next page of a query begins. Opaque to clients."""

import base64
from dataclasses import dataclass
from hashlib import blake2b

from local.cosmos.errors import bad_request
from local.cosmos.sql.comparison import OrderKey
from local.cosmos.values import Document, Json, read_json, write_json


@dataclass(frozen=True)
class Position:
    """Where a page begins.

    After which row, and how many results of what follows are to be skipped. In rows that a query
    puts in order by their properties, the row is found again by its keys; so many results have been
    given then, and so many of the row's own combinations.
    """

    after: int = 0
    skip: int = 0
    keys: tuple[OrderKey, ...] | None = None
    within: int = 0


def fingerprint(text: str, parameters: Document) -> str:
    """Tells queries apart, so that a token is used with its own query only."""
    return blake2b(write_json([text, parameters]), digest_size=8).hexdigest()


def write_token(query: str, position: Position) -> str:
    """The token for a position in the results of the query of this fingerprint."""
    fields = [query, position.after, position.skip, position.keys, position.within]
    return base64.b64encode(write_json(fields)).decode()


def read_token(query: str, token: str | None) -> Position:
    """The position that a token stands for; the beginning without a token.

    Raises:
        CosmosError: 400, it is no token or belongs to another query.
    """
    if not token:
        return Position()
    try:
        fields = read_json(base64.b64decode(token, validate=True))
    except ValueError as error:  # no base64, no ASCII, no JSON
        raise bad_request("The continuation token is malformed.") from error
    match fields:
        case [str(), int() as after, int() as skip, _, int() as within] if (
            min(after, skip, within) < 0
        ):
            raise bad_request("The continuation token is malformed.")
        case [str() as name, int() as after, int() as skip, None, int()] if name == query:
            return Position(after, skip)
        case [str() as name, int() as after, int() as skip, list() as keys, int() as within] if (
            name == query
        ):
            return Position(after, skip, tuple(map(_read_key, keys)), within)
        case _:
            raise bad_request("The continuation token belongs to another query.")


# The types of a sort value by its rank.
_TYPES: dict[int, tuple[type, ...]] = {
    **dict.fromkeys((0, 1), (int,)),
    2: (bool,),
    3: (int, float),
    **dict.fromkeys((4, 5, 6), (str,)),
}


def _read_key(key: Json) -> OrderKey:
    match key:
        case [int() as rank, (bool() | int() | float() | str()) as value] if type(
            value
        ) in _TYPES.get(rank, ()):
            return rank, value
        case _:
            raise bad_request("The continuation token is malformed.")
