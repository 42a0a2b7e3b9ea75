"""`./dev rehearse second-host`: another Functions host on the stack's Cosmos DB and model."""

import os
import sys
from pathlib import Path

from local.stack.children import APP_ARGUMENTS, ROOT
from local.stack.env_file import cosmos_trust, read_env_file
from local.stack.environment import Addresses, app_environment

_IDENTITY = ("AZURE_TOKEN_CREDENTIALS", "IDENTITY_ENDPOINT", "IDENTITY_HEADER")


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
        trust=cosmos_trust(data),
    )
    identity = {name: settings[name] for name in _IDENTITY if name in settings}
    environment = app_environment(addresses, os.environ, identity or None)
    command = [sys.executable, "-m", "local.functions", *APP_ARGUMENTS, "--port", "0"]
    sys.stderr.write("A second host; its first line says where. Ctrl-C ends it.\n")
    sys.stderr.flush()
    os.chdir(ROOT)
    os.execve(sys.executable, command, environment)
