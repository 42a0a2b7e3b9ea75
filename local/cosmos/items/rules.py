"""What an item must be like before it is stored."""

from local.cosmos.errors import CosmosError, bad_request
from local.cosmos.values import Document, Json

MAX_ITEM_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 128
MAX_ID_BYTES = 1023
FORBIDDEN_IN_IDS = "/\\?#"
MAX_TTL = 2**31 - 1


def check_id(value: Json) -> str:
    """The id, if it is one; CosmosError 400 otherwise."""
    if not isinstance(value, str) or not value:
        raise bad_request("The input content is invalid: 'id' must be a string that is not empty.")
    if len(value.encode()) > MAX_ID_BYTES or any(c in FORBIDDEN_IN_IDS for c in value):
        raise bad_request(
            f"The id of {len(value)} characters is invalid: at most {MAX_ID_BYTES} bytes and none "
            "of / \\ ? #."
        )
    return value


def check_ttl(document: Document) -> int | None:
    """The item's own time to live: seconds, -1 for never, None if it has none."""
    value = document.get("ttl")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad_request("'ttl' must be a whole number of seconds, or -1.")
    if value == 0 or value < -1 or value > MAX_TTL:
        raise bad_request(f"'ttl' {value} is invalid: it must be -1 or between 1 and {MAX_TTL}.")
    return value


def check_size(body: bytes) -> None:
    """CosmosError 413 if the item is larger than the service takes."""
    if len(body) > MAX_ITEM_BYTES:
        raise CosmosError(
            413, f"Request size is too large: {len(body)} bytes, the limit is {MAX_ITEM_BYTES}."
        )


def check_depth(document: Document, body: bytes) -> None:
    """CosmosError 400 if objects and arrays are nested deeper than the service allows.

    The body, the same document serialised, tells most documents apart without a look into them.
    """
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    level: list[Json] = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _children(value)]
        if not level:
            return
    raise too_deep()


def too_deep() -> CosmosError:
    """The refusal of an item that is nested too deeply."""
    return bad_request(f"Objects and arrays are nested more than {MAX_DEPTH} deep.")


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return [inner for inner in value.values() if isinstance(inner, dict | list)]
    if isinstance(value, list):
        return [inner for inner in value if isinstance(inner, dict | list)]
    return []
