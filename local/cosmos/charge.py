"""Request charges: an estimate of what the service would bill, in request units (RU).

A point read costs 1 RU per started KB; a write 5 RU per started KB and 0.1 RU for each property of
the item, unless nothing is indexed; a delete as a write; a query 2 RU and a share for each item it
looked at and each KB it returns. The service's exact numbers depend on its indexes; these keep the
proportions.
"""

from math import ceil


def read_charge(size: int) -> float:
    """A point read of so many bytes."""
    return float(max(1, ceil(size / 1024)))


def write_charge(body: bytes, *, indexed: bool) -> float:
    """A write of an item, serialised without blanks; its names are counted, at any depth."""
    properties = body.count(b'":') if indexed else 0
    return round(5.0 * max(1, ceil(len(body) / 1024)) + 0.1 * properties, 2)


def query_charge(examined: int, returned_bytes: int) -> float:
    """A query that looked at so many items."""
    return round(2.0 + 0.03 * examined + 0.2 * returned_bytes / 1024, 2)


def feed_charge(returned_bytes: int) -> float:
    """A page of the change feed or of a list."""
    return round(max(1.0, returned_bytes / 1024), 2)
