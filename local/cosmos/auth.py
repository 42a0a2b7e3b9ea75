"""Master-key authorization: the HMAC over verb, resource and date that every request carries.

The rule is documented under "Access control on Azure Cosmos DB resources" (REST API reference).
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote

from local.cosmos.errors import CosmosError

# Public on purpose, like the key of Microsoft's emulator: it guards nothing but against mix-ups.
DEFAULT_KEY = base64.b64encode(
    hashlib.sha512(b"agent-memory-processor local.cosmos: not a secret").digest()
).decode()
MAX_CLOCK_SKEW_SECONDS = 15 * 60
# What clients escape in a header, as most of them spell it: a tenth of the cost of unquote.
_ESCAPES = (("%3D", "="), ("%26", "&"), ("%2B", "+"), ("%2F", "/"))


class Authorizer:
    """Checks the Authorization header of requests against one account key."""

    def __init__(self, key: str, *, accept_any_token: bool = False) -> None:
        """Take the account key; on request, let every Entra ID token pass unread.

        Raises:
            ValueError: the key is not base64.
        """
        self._accept_any_token = accept_any_token
        try:
            decoded = base64.b64decode(key, validate=True)
        except binascii.Error as error:
            raise ValueError("the account key must be base64 text") from error
        # Copied for each signature: keying anew would cost as much as the signature itself.
        self._keyed = hmac.new(decoded, digestmod="sha256")

    def check(self, method: str, segments: list[str], headers: Mapping[str, str]) -> None:
        """Raise CosmosError 401 unless the request was signed with the key, 403 if it is too old.

        The segments are those of the path, percent-decoded.
        """
        given = headers.get("authorization")
        if not given:
            raise CosmosError(401, "Required header 'authorization' is missing.")
        date = headers.get("x-ms-date", "")
        kind, signature = _parse_token(given)
        if kind == "aad" and self._accept_any_token:
            return
        if kind != "master":
            raise CosmosError(
                401, f"Authorization type '{kind}' is not supported: use the account key."
            )
        expected = self._sign(method, segments, date, headers.get("date", ""))
        if not hmac.compare_digest(expected, _bytes_of(signature)):
            raise CosmosError(
                401,
                "The input authorization token can't serve the request: the signature was not "
                "made with this server's key for this verb, resource and date.",
            )
        if abs(time.time() - _seconds_of(date)) > MAX_CLOCK_SKEW_SECONDS:
            raise CosmosError(403, "x-ms-date is more than 15 minutes away from the server's time.")

    def _sign(self, method: str, segments: list[str], date: str, http_date: str) -> bytes:
        """The signature; a path with an odd number of segments names a feed of its last one.

        What is done to a whole partition key is signed for the container.
        """
        if segments[4:5] == ["operations"]:
            kind, link = "colls", "/".join(segments[:4])
        elif segments[:1] == ["offers"]:
            # One is signed for by its _rid alone, which clients write in small letters.
            kind, link = "offers", "".join(segments[1:]).lower()
        elif len(segments) % 2:
            kind, link = segments[-1], "/".join(segments[:-1])
        else:
            kind = segments[-2] if segments else ""
            link = "/".join(segments)
        text = f"{method.lower()}\n{kind.lower()}\n{link}\n{date.lower()}\n{http_date.lower()}\n"
        signature = self._keyed.copy()
        signature.update(_bytes_of(text))
        return base64.b64encode(signature.digest())


def _bytes_of(text: str) -> bytes:
    """The bytes that a header's text came from, those that are no UTF-8 included."""
    return text.encode(errors="surrogateescape")


def _parse_token(header: str) -> tuple[str, str]:
    # Not parse_qs: a signature is base64, so '+' in it is no blank, and this runs per request.
    fields: dict[str, str] = {}
    for escape, character in _ESCAPES:
        header = header.replace(escape, character)
    for part in (unquote(header) if "%" in header else header).split("&"):
        name, _, value = part.partition("=")
        fields[name] = value
    try:
        return fields["type"], fields["sig"]
    except KeyError as error:
        raise CosmosError(
            401, "The authorization header must have the form type=...&ver=...&sig=..."
        ) from error


@lru_cache(maxsize=64)
def _seconds_of(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError as error:
        raise CosmosError(401, "Header 'x-ms-date' is missing or is not an HTTP date.") from error
