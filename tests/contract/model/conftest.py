"""One server for each file of tests, set back before each test."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from openai import AsyncOpenAI

from tests.contract.model.server_process import KEY, RunningServer, run_server


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with run_server("--key", KEY) as running:
        yield running


@pytest.fixture
async def admin(server: RunningServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        await session.delete("/_faults")
        await session.post("/_stats/reset")
        yield session


@pytest.fixture
async def client(server: RunningServer, admin: aiohttp.ClientSession) -> AsyncIterator[AsyncOpenAI]:
    assert not admin.closed
    async with AsyncOpenAI(
        base_url=f"{server.url}/v1", api_key=KEY, max_retries=0, timeout=20
    ) as openai_client:
        yield openai_client
