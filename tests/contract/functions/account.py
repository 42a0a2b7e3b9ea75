"""A Cosmos DB endpoint of our own in a process of its own, as hosts and tests use it."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import ServerProcess

KEY = "bG9jYWwtZnVuY3Rpb25zLXRlc3RzLWtleQ=="


class Account:
    """An account that can be killed and started again where it was."""

    def __init__(self, data: Path, *, partitions: int = 1) -> None:
        self._arguments = ["--data", str(data), "--key", KEY, "--partitions", str(partitions)]
        self._start(0)

    def _start(self, port: int) -> None:
        self.server = ServerProcess("local.cosmos", "--port", str(port), *self._arguments)
        self.port = int(self.server.wait_for_line(r"listening on http://127.0.0.1:(\d+)")[1])

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def restart(self) -> None:
        self._start(self.port)

    def connect(self) -> CosmosClient:
        return CosmosClient(self.endpoint, KEY)

    async def create_database(self, *containers: str) -> str:
        name = uuid.uuid4().hex
        async with self.connect() as client:
            database = await client.create_database(name)
            for container in containers:
                await database.create_container(container, PartitionKey("/pk"))
        return name

    async def write(self, database: str, container: str, *ids: str, pk: str = "a") -> None:
        async with self.connect() as client:
            items = find_container(client, database, container)
            for each in ids:
                await items.upsert_item({"id": each, "pk": pk})

    async def read_leases(self, database: str) -> list[dict[str, Any]]:
        async with self.connect() as client:
            leases = find_container(client, database, "leases")
            return [each async for each in leases.read_all_items() if "LeaseToken" in each]

    async def post(self, path: str, order: Mapping[str, Any]) -> Any:
        """Give an order to the endpoint's own routes, such as _split and _faults."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.endpoint}{path}", json=dict(order)) as reply,
        ):
            assert reply.status < 300, await reply.text()
            return await reply.json()

    async def get(self, path: str) -> Any:
        """Read one of the endpoint's own routes, such as _stats."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.endpoint}{path}") as reply,
        ):
            return await reply.json()

    def launch(self, app: str, database: str, **settings: str) -> HostProcess:
        return launch(
            APPS / app,
            settings={
                "COSMOS": f"AccountEndpoint={self.endpoint};AccountKey={KEY};",
                "BY_NAME__accountEndpoint": self.endpoint,
                "BY_NAME__accountKey": KEY,
                "DATABASE": database,
                **settings,
            },
        )


def find_container(client: CosmosClient, database: str, container: str) -> ContainerProxy:
    return client.get_database_client(database).get_container_client(container)
