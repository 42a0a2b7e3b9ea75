"""`./dev rehearse`: trouble that is ordered for the stack on a data folder."""

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.stack.env_file import cosmos_trust, functions_url, read_env_file
from local.stack.environment import DATABASE
from local.stack.second_host import run_second_host
from local.stack.stack_requests import StackRequests, stack_requests


async def rehearse(data: Path, action: str, fields: Mapping[str, Any], *, as_json: bool) -> int:
    """Order something and say what happens then, or print the answer as JSON; 0.

    The fields are those of the order's route. Raises StackError when no stack runs on the folder,
    or it refuses.
    """
    if action == "second-host":
        run_second_host(data)
    async with stack_requests(data) as requests:
        answer = await _send(requests, action, fields)
    if as_json or action == "show":
        print(json.dumps(answer, indent=1))  # noqa: T201  # the result of the command
    else:
        print(describe_order(action, fields, answer))  # noqa: T201  # the result of the command
    return 0


async def _send(requests: StackRequests, action: str, fields: Mapping[str, Any]) -> Any:
    data = requests.data
    if action == "split":
        url = read_env_file(data)["COSMOS_DB_ENDPOINT"].rstrip("/") + "/_split"
        trust = cosmos_trust(data)
        context: ssl.SSLContext | bool = trust.client_context() if trust else True
        return await requests.ask("POST", url, json={"database": DATABASE, **fields}, ssl=context)
    url = functions_url(data).removesuffix("/api") + "/admin/rehearsal"
    match action:
        case "show":
            return await requests.ask("GET", url)
        case "clear":
            return await requests.ask("DELETE", url)
        case _:
            return await requests.ask("POST", f"{url}/{action}", json=fields)


def describe_order(action: str, fields: Mapping[str, Any], answer: Any) -> str:
    """A sentence or two: what was ordered, and what to expect of it."""
    match action, fields:
        case "redeliver", {"batches": batches}:
            which = "batch is" if batches == 1 else f"{batches} batches are"
            return f"The last {which} delivered again, grouped by chance."
        case "drop", {"batches": batches}:
            which = "batch is" if batches == 1 else f"{batches} batches are"
            return f"The next {which} recorded as done without a call; the sweeper finds the turns."
        case "crash", {"point": point, "skip": skip}:
            which = f"passed '{point}' {skip} times" if skip else f"reached '{point}'"
            return (
                f"The Functions host ends once it has {which}, and the stack with it."
                " ./dev up goes on where it was."
            )
        case "delay", {"point": point, "milliseconds": 0}:
            return f"Nothing waits at '{point}' any longer."
        case "delay", {"point": point, "milliseconds": milliseconds}:
            return f"Everything waits {milliseconds:g} ms at '{point}'; --milliseconds 0 ends that."
        case "split", {"container": container}:
            children = " and ".join(child["id"] for child in answer["children"])
            return f"Partition {answer['parent']} of {container} is now {children}."
        case _:
            return "Nothing is ordered any more."
