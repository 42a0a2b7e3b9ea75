"""The real Cosmos DB stand-in as a child process, for tests that need a store and nothing else."""

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from local.stack.children import Child, ServerCommand
from local.stack.data_folder import Keys
from local.stack.environment import Addresses, addresses_of
from local.stack.ports import Ports, pick_free_ports

KEY = base64.b64encode(b"k" * 64).decode()


@asynccontextmanager
async def running_cosmos(folder: Path, *, app_port: int = 1) -> AsyncIterator[Addresses]:
    """The addresses of a stack of which only Cosmos DB runs."""
    port = pick_free_ports().cosmos
    arguments = ("--port", str(port), "--data", str(folder / "cosmos"), "--key", KEY)
    command = ServerCommand("cosmos", "local.cosmos", arguments)
    child = await Child.start(command, os.environ, folder / "logs")
    addresses = addresses_of(Ports(port, app_port, app_port), Keys(cosmos=KEY, model="m"))

    async def listens() -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(addresses.cosmos):
                return True
        except aiohttp.ClientError:
            return False

    try:
        await child.wait_until_ready(listens)
        yield addresses
    finally:
        await child.stop()
