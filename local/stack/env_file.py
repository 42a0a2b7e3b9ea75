"""Reads the file in which a running stack tells where it is (stack.env)."""

import shlex
from pathlib import Path

from local.stack.data_folder import env_file_of, refuse_unless_running, trust_of
from local.stack.errors import StackError
from local.stack.trust import Trust


def read_env_file(data: Path) -> dict[str, str]:
    """The variables of the stack that runs on a data folder.

    Raises StackError when none does, or it is not ready: an earlier one's addresses may be those of
    another folder's stack by now.
    """
    refuse_unless_running(data)
    try:
        lines = env_file_of(data).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        message = f"the stack on {data} is not ready: wait until ./dev up says so, then try again"
        raise StackError(message) from error
    pairs = (line.removeprefix("export ").partition("=") for line in lines)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs if name}


def functions_url(data: Path) -> str:
    """Where the API of the app on a data folder is.

    Raises StackError when no stack runs there.
    """
    url = read_env_file(data).get("MEMORY_FUNCTIONS_URL")
    if not url:
        raise StackError(f"{env_file_of(data)} does not say where the stack is: start it again")
    return url


def cosmos_trust(data: Path) -> Trust | None:
    """What the Cosmos DB of the stack on a folder is trusted by; None where it speaks http.

    Raises StackError when no stack runs there.
    """
    is_https = read_env_file(data)["COSMOS_DB_ENDPOINT"].startswith("https:")
    return trust_of(data) if is_https else None
