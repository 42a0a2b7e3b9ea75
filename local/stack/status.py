"""`./dev status`: what the stack that runs on a data folder has done and has still to do."""

import json
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console

from local.stack.env_file import functions_url
from local.stack.errors import StackError


async def run_status(data: Path, *, as_json: bool) -> int:
    """Print the app's status; 0.

    Raises StackError when no stack runs on the folder.
    """
    url = functions_url(data) + "/status"
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            response.raise_for_status()
            status: dict[str, Any] = await response.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise StackError(f"no stack answers at {url} ({error}): start it with ./dev up") from error
    if as_json:
        print(json.dumps(status))  # noqa: T201  # the result of the command
        return 0
    console = Console(highlight=False)
    for name, value in status.items():
        parts: object = value
        if isinstance(value, dict):
            entries: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]  # JSON
            parts = ", ".join(f"{key} {count}" for key, count in entries.items())
        console.print(f"{name.replace('_', ' '):<24}{parts}")
    return 0
