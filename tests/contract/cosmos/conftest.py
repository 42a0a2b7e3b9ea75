from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from tests.contract.cosmos.server_process import KEY, ServerProcess

type MakeContainer = Callable[..., ContainerProxy]
type Ask = Callable[..., Awaitable[list[Any]]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("cosmos"))
    yield server
    assert server.stop() == 0, "".join(server.lines)
    assert not [line for line in server.lines if "Traceback" in line], "".join(server.lines)


@pytest.fixture(scope="session")
def client(server: ServerProcess) -> Iterator[CosmosClient]:
    with CosmosClient(server.url, KEY) as client:
        yield client


@pytest.fixture(scope="session")
def database(client: CosmosClient) -> DatabaseProxy:
    return client.create_database(f"db{uuid4().hex}")


@pytest.fixture
async def async_client(server: ServerProcess) -> AsyncIterator[AsyncCosmosClient]:
    async with AsyncCosmosClient(server.url, KEY) as client:
        yield client


@pytest.fixture(scope="session")
def make_container(database: DatabaseProxy) -> MakeContainer:
    def make(*paths: str, **options: Any) -> ContainerProxy:
        path = list(paths) if len(paths) > 1 else (paths[0] if paths else "/pk")
        return database.create_container(f"c{uuid4().hex}", PartitionKey(path=path), **options)

    return make


@pytest.fixture
def container(make_container: MakeContainer) -> ContainerProxy:
    return make_container("/pk")


@pytest.fixture
def threads(make_container: MakeContainer) -> ContainerProxy:
    """Partitioned as conversations are: by user, then by thread."""
    return make_container("/user_id", "/thread_id", default_ttl=-1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session_aio_client(server: ServerProcess) -> AsyncIterator[AsyncCosmosClient]:
    """For tests that run in the session's loop."""
    async with AsyncCosmosClient(server.url, KEY) as client:
        yield client


@pytest.fixture(params=["sync", "aio"])
def ask(request: pytest.FixtureRequest, session_aio_client: AsyncCosmosClient) -> Ask:
    """Queries a container through one client, then through the other.

    The rows of `text` with @name parameters, of partition "p" or of the partition_key given; None
    asks all partitions.
    """

    async def run(
        container: ContainerProxy, text: str, partition_key: Any = "p", **parameters: Any
    ) -> list[Any]:
        options: dict[str, Any] = {
            "parameters": [
                {"name": f"@{name}", "value": value} for name, value in parameters.items()
            ]
        }
        if partition_key is not None:
            options["partition_key"] = partition_key
        if request.param == "sync":
            if partition_key is None:
                options["enable_cross_partition_query"] = True
            return list(container.query_items(text, **options))
        _, database, _, name = container.container_link.split("/")
        twin = session_aio_client.get_database_client(database).get_container_client(name)
        return [row async for row in twin.query_items(text, **options)]

    return run
