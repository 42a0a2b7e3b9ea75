"""`./dev status`: what the stack that runs on a data folder has done and has still to do."""

import json
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from local.stack.env_file import functions_url
from local.stack.stack_requests import stack_requests


async def run_status(data: Path, *, as_json: bool) -> int:
    """Print the app's status; 0.

    Raises StackError when no stack runs on the folder, or it cannot tell.
    """
    url = functions_url(data) + "/status"
    async with stack_requests(data) as requests:
        status: dict[str, Any] = await requests.ask("GET", url)
    if as_json:
        print(json.dumps(status))  # noqa: T201  # the result of the command
    else:
        print_status(status, Console(highlight=False, soft_wrap=True))
    return 0


def print_status(status: dict[str, Any], console: Console) -> None:
    """Print a line for each entry of the app's status; counts that are 0 are left out of a list."""
    for name, value in status.items():
        console.print(f"{_as_words(name):<24}{_describe(value)}", markup=False)


def _describe(value: Any) -> str:
    if isinstance(value, dict):
        counts = cast("dict[str, Any]", value)
        shown = [f"{_as_words(name)} {count}" for name, count in counts.items() if count]
        return ", ".join(shown) or "none"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _as_words(name: str) -> str:
    return name.replace("_", " ")
