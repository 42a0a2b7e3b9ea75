"""A data folder on which something answers as the app of a running stack would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from local.stack.data_folder import hold_data_folder


@asynccontextmanager
async def standing_app(data: Path, routes: web.Application) -> AsyncIterator[None]:
    """The folder is held, and its file of addresses leads to the routes, which are below /api."""
    host = web.Application()
    host.add_subapp("/api", routes)
    async with TestServer(host) as server:
        with hold_data_folder(data) as folder:
            folder.write_env_file(f"export MEMORY_FUNCTIONS_URL='{server.make_url('/api')}'\n")
            yield
