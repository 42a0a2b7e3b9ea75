"""Provisioned throughput: what a database or container is created with, and its offer's content.

It is kept and returned; nothing is throttled by it. A fixed throughput goes from 400 RU/s in steps
of 100; autoscale names a maximum, from 1,000 in steps of 1,000, of which a tenth is the minimum.
"""

from collections.abc import Mapping

import orjson

from local.cosmos.errors import bad_request
from local.cosmos.values import Document, Json, read_json

FIXED_HEADER = "x-ms-offer-throughput"
AUTOSCALE_HEADER = "x-ms-cosmos-offer-autopilot-settings"
MAX_THROUGHPUT = 1_000_000
_FIXED_STEP, _LEAST_FIXED = 100, 400
_AUTOSCALE_STEP = 1_000
_FIXED, _AUTOSCALE = "offerThroughput", "offerAutopilotSettings"


def throughput_of_headers(headers: Mapping[str, str]) -> Document | None:
    """The content of the offer that a creation asks for; None if it asks for none.

    Raises:
        CosmosError: 400, the headers are malformed, out of range, or both are there.
    """
    fixed, autoscale = headers.get(FIXED_HEADER), headers.get(AUTOSCALE_HEADER)
    if fixed is not None and autoscale is not None:
        raise bad_request(f"'{FIXED_HEADER}' and '{AUTOSCALE_HEADER}' cannot be combined.")
    if autoscale is not None:
        return _autoscale_content(_parse(AUTOSCALE_HEADER, autoscale))
    return None if fixed is None else _fixed_content(_parse(FIXED_HEADER, fixed))


def changed_throughput(current: Document, wanted: Json) -> Document:
    """The content of an offer after its replacement.

    Raises:
        CosmosError: 400, it is malformed, out of range, or turns a fixed throughput into autoscale
            or the other way round.
    """
    if not isinstance(wanted, dict):
        raise bad_request("An offer needs 'content' with its throughput.")
    settings = wanted.get(_AUTOSCALE)
    if (settings is None) == (_AUTOSCALE in current):
        raise bad_request(
            "Changing between fixed and autoscale throughput is not supported by this server: "
            "create the container with the other kind."
        )
    return _fixed_content(wanted.get(_FIXED)) if settings is None else _autoscale_content(settings)


def _parse(header: str, text: str) -> Json:
    try:
        return read_json(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"Header '{header}' is malformed.") from error


def _fixed_content(value: Json) -> Document:
    _check(value, _FIXED, _LEAST_FIXED, _FIXED_STEP)
    return {_FIXED: value, "offerIsRUPerMinuteThroughputEnabled": False}


def _autoscale_content(settings: Json) -> Document:
    if not isinstance(settings, dict):
        raise bad_request("Autoscale settings must be an object with 'maxThroughput'.")
    most = _check(settings.get("maxThroughput"), "maxThroughput", _AUTOSCALE_STEP, _AUTOSCALE_STEP)
    return {_FIXED: most // 10, _AUTOSCALE: settings}


def _check(value: Json, name: str, least: int, step: int) -> int:
    if isinstance(value, int) and least <= value <= MAX_THROUGHPUT and value % step == 0:
        return value
    raise bad_request(
        f"'{name}' {value!r} must be from {least} to {MAX_THROUGHPUT} in steps of {step}."
    )
