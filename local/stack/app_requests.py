"""Requests to the HTTP API of the app that runs on a data folder."""

from typing import Any

import aiohttp

from local.stack.errors import StackError


async def ask_app(
    session: aiohttp.ClientSession, method: str, url: str, **request: Any
) -> dict[str, Any]:
    """The app's answer; StackError with its own message where it refuses, or nobody answers."""
    try:
        async with session.request(method, url, **request) as response:
            answer: dict[str, Any] = await response.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise StackError(f"no stack answers at {url} ({error}): start it with ./dev up") from error
    if response.status >= 400:
        raise StackError(str(answer.get("error", {}).get("message", answer)))
    return answer
