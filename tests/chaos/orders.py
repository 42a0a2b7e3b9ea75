"""Orders for faults, which must be taken: one that is refused would be a fault that never comes."""

from typing import Any

import aiohttp


class RefusedOrderError(Exception):
    """A server, or a host, has answered that it does not carry an order out."""


async def give_order(session: aiohttp.ClientSession, url: str, order: Any) -> None:
    """Ask a server for something. Raises RefusedOrderError if it says no."""
    async with session.post(url, json=order) as reply:
        if not reply.ok:
            path, said = reply.url.path, await reply.text()
            raise RefusedOrderError(f"{path} refuses {order}: {reply.status} {said[:300]}")
