"""A proxy that the environment names when a client is made is asked, by the app and by the host."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from azure.cosmos.aio import CosmosClient

from local.functions.triggers.change_feed.connection import Connection, open_client
from shared.adapters.cosmos_client import build_cosmos_client

KEY = "bm90IGEgc2VjcmV0"
ENDPOINT = "http://cosmos.example:8081/"
REGION = [{"name": "here", "databaseAccountEndpoint": ENDPOINT}]
ACCOUNT = {
    "writableLocations": REGION,
    "readableLocations": REGION,
    "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
}

type Open = Callable[[], AbstractAsyncContextManager[CosmosClient]]


@asynccontextmanager
async def running_proxy(asked: list[str]) -> AsyncIterator[str]:
    """A proxy that answers for an account, and notes the first lines of what it was asked."""
    body = json.dumps(ACCOUNT)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
        writer.write(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "open_one",
    [
        lambda: build_cosmos_client(ENDPOINT, KEY, "test"),
        lambda: open_client(Connection(ENDPOINT, KEY)),
    ],
    ids=["app", "host"],
)
async def test_a_proxy_of_the_environment_is_asked(
    open_one: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    async with running_proxy(asked) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        async with open_one():
            pass
    assert f"GET {ENDPOINT} HTTP/1.1" in asked
