"""`./dev rehearse`: trouble that is ordered for the stack on a data folder."""

import json
import os
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from local.stack.children import APP_ARGUMENTS, ROOT
from local.stack.data_folder import trust_of
from local.stack.env_file import functions_url, read_env_file
from local.stack.environment import DATABASE, Addresses, app_environment
from local.stack.errors import StackError
from local.stack.trust import Trust

_IDENTITY = ("AZURE_TOKEN_CREDENTIALS", "IDENTITY_ENDPOINT", "IDENTITY_HEADER")


async def rehearse(data: Path, action: str, fields: Mapping[str, Any]) -> int:
    """Order something and print what is then ordered, as JSON; 0.

    Raises StackError when no stack runs on the folder, or it refuses.
    """
    if action == "second-host":
        run_second_host(data)
    if action == "split":
        url = read_env_file(data)["COSMOS_DB_ENDPOINT"].rstrip("/") + "/_split"
        order = {"database": DATABASE, **fields}
        return _print(await _ask("POST", url, order, trust=_find_trust(data)))
    url = functions_url(data).removesuffix("/api") + "/admin/rehearsal"
    match action:
        case "show":
            answer = await _ask("GET", url)
        case "clear":
            answer = await _ask("DELETE", url)
        case _:
            answer = await _ask("POST", f"{url}/{action}", fields)
    return _print(answer)


def run_second_host(data: Path) -> None:
    """Become another Functions host on the stack's Cosmos DB and model, on a free port.

    It shares the change feed with the stack's host and keeps its orchestrations in memory: on Azure
    the two would share those as well.

    Raises StackError when no stack runs on the folder.
    """
    settings = read_env_file(data)
    addresses = Addresses(
        cosmos=settings["COSMOS_DB_ENDPOINT"],
        cosmos_key=settings.get("COSMOS_DB_KEY", ""),
        functions=settings["MEMORY_FUNCTIONS_URL"],
        model=settings["AI_FOUNDRY_ENDPOINT"],
        model_key=settings.get("AI_FOUNDRY_API_KEY", ""),
        trust=_find_trust(data),
    )
    identity = {name: settings[name] for name in _IDENTITY if name in settings}
    environment = app_environment(addresses, os.environ, identity or None)
    command = [sys.executable, "-m", "local.functions", *APP_ARGUMENTS, "--port", "0"]
    sys.stderr.write("A second host; its first line says where. Ctrl-C ends it.\n")
    sys.stderr.flush()
    os.chdir(ROOT)
    os.execve(sys.executable, command, environment)


def _find_trust(data: Path) -> Trust | None:
    """What a stack over https is trusted by; None for one over http."""
    if not read_env_file(data)["COSMOS_DB_ENDPOINT"].startswith("https:"):
        return None
    return trust_of(data)


async def _ask(
    method: str, url: str, order: Mapping[str, Any] | None = None, trust: Trust | None = None
) -> Any:
    context: ssl.SSLContext | bool = trust.client_context() if trust else True
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, json=order, ssl=context) as response,
        ):
            if response.ok:
                return await response.json()
            raise StackError(await response.text())
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise StackError(f"no stack answers at {url} ({error}): start it with ./dev up") from error


def _print(answer: Any) -> int:
    print(json.dumps(answer, indent=1))  # noqa: T201  # the result of the command
    return 0
