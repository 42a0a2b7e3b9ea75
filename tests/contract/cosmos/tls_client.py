"""One request over https as a program of its own: what it trusts comes from its environment only.

    python tls_client.py sync|aio|urllib|requests|aiohttp URL KEY

azure-cosmos uses the environment's identity where the key is empty. The exit status is 0 after an
answer; 1, and standard error begins with "refused", when it does not trust the server.
"""

import asyncio
import sys
import urllib.error
import urllib.request

import aiohttp
import requests
from azure.core.exceptions import ServiceRequestError
from azure.cosmos import CosmosClient, PartitionKey
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from azure.identity import DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential

NOT_TRUSTED = (
    ServiceRequestError,
    aiohttp.ClientConnectorCertificateError,
    requests.exceptions.SSLError,
    urllib.error.URLError,
)


def use_sync(url: str, key: str) -> None:
    with CosmosClient(url, key or DefaultAzureCredential()) as client:
        database = client.create_database_if_not_exists("sync")
        container = database.create_container_if_not_exists("c", PartitionKey(path="/pk"))
        container.upsert_item({"id": "a", "pk": "p"})
        assert container.read_item("a", "p")["id"] == "a"


async def use_aio(url: str, key: str) -> None:
    identity = AsyncDefaultAzureCredential()
    client = AsyncCosmosClient(url, key or identity)
    try:
        await client.__aenter__()
        database = await client.create_database_if_not_exists("aio")
        container = await database.create_container_if_not_exists("c", PartitionKey(path="/pk"))
        await container.upsert_item({"id": "a", "pk": "p"})
        assert (await container.read_item("a", "p"))["id"] == "a"
    finally:
        await client.close()
        await identity.close()


async def use_aiohttp(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        response.raise_for_status()


def main(kind: str, url: str, key: str) -> None:
    stats = url.rstrip("/") + "/_stats"
    match kind:
        case "sync":
            use_sync(url, key)
        case "aio":
            asyncio.run(use_aio(url, key))
        case "aiohttp":
            asyncio.run(use_aiohttp(stats))
        case "requests":
            requests.get(stats, timeout=20).raise_for_status()
        case "urllib":
            urllib.request.urlopen(stats, timeout=20).close()
        case _:
            sys.exit(f"there is no client {kind}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except NOT_TRUSTED as error:
        sys.exit(f"refused: {error}")
