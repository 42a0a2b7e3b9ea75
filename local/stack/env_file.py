"""Reads the file in which a running stack tells where it is (stack.env)."""

import shlex
from pathlib import Path

from local.stack.errors import StackError


def read_env_file(data: Path) -> dict[str, str]:
    """The variables of the stack that runs, or last ran, on a data folder.

    Raises StackError when no stack has run there.
    """
    try:
        lines = (data / "stack.env").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise StackError(f"no stack has run on {data}: start one with ./dev up") from error
    pairs = (line.removeprefix("export ").partition("=") for line in lines)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs if name}


def functions_url(data: Path) -> str:
    """Where the API of the app on a data folder is.

    Raises StackError when no stack has run there.
    """
    url = read_env_file(data).get("MEMORY_FUNCTIONS_URL")
    if not url:
        raise StackError(f"{data / 'stack.env'} does not say where the stack is: start it again")
    return url
