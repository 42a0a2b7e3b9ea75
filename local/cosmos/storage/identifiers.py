"""Resource ids (_rid) in the service's form: base64 of the numbers of a resource and its owners."""

import base64
import struct
from functools import lru_cache


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode().replace("/", "-")


def database_rid(number: int) -> str:
    """4 bytes."""
    return _encode(struct.pack(">I", number))


def offer_rid(number: int) -> str:
    """3 bytes."""
    return _encode(struct.pack(">I", number)[1:])


@lru_cache(maxsize=1024)
def container_rid(database: int, number: int) -> str:
    """8 bytes, the first 4 those of the database; the top bit tells containers from others."""
    return _encode(struct.pack(">II", database, number | 0x80000000))


def item_rid(database: int, container: int, number: int) -> str:
    """16 bytes, the first 8 those of the container."""
    return _encode(struct.pack(">IIQ", database, container | 0x80000000, number))
