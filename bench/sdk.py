"""What azure-cosmos itself reaches against the server, and how much CPU time it takes for that."""

import asyncio
from collections.abc import Callable

from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos import CosmosClient as SyncClient
from azure.cosmos.aio import CosmosClient

from bench.figures import Figure, Sizes
from bench.server import MeasuredServer, Meter
from local.cosmos.auth import DEFAULT_KEY

AT_ONCE = 16


async def measure_sdk(server: MeasuredServer, sizes: Sizes) -> list[Figure]:
    """Point reads by the three clients there are; the items are those of the raw measurements."""
    count = sizes.sdk_reads

    def item(number: int) -> tuple[str, str]:
        return f"i{number % sizes.writes}", f"p{number % sizes.writes % 100}"

    async with CosmosClient(server.url, DEFAULT_KEY) as client:
        figures = [
            await _read_with(client, server, item, count, "SDK reads", f"aio, {AT_ONCE} at once")
        ]
    # Its default asks the environment for proxies and a .netrc, in a thread, at every request.
    transport = AioHttpTransport(use_env_settings=False)
    async with CosmosClient(server.url, DEFAULT_KEY, transport=transport) as client:
        method = f"aio, {AT_ONCE} at once, use_env_settings=False"
        figures.append(await _read_with(client, server, item, count, "SDK reads, lean", method))
    figures.append(await asyncio.to_thread(_read_in_turn, server, item, count))
    return figures


async def _read_with(
    client: CosmosClient,
    server: MeasuredServer,
    item: Callable[[int], tuple[str, str]],
    count: int,
    name: str,
    method: str,
) -> Figure:
    container = client.get_database_client("bench").get_container_client("items")
    await container.read_item(*item(0))
    numbers = iter(range(count))

    async def read_on() -> None:
        for number in numbers:
            await container.read_item(*item(number))

    meter = Meter(server)
    await asyncio.gather(*(read_on() for _ in range(AT_ONCE)))
    return _figure(meter, name, count, method)


def _read_in_turn(
    server: MeasuredServer, item: Callable[[int], tuple[str, str]], count: int
) -> Figure:
    with SyncClient(server.url, DEFAULT_KEY) as client:
        container = client.get_database_client("bench").get_container_client("items")
        container.read_item(*item(0))
        meter = Meter(server)
        for number in range(count):
            container.read_item(*item(number))
        return _figure(meter, "SDK reads, sync", count, "sync, one after the other")


def _figure(meter: Meter, name: str, count: int, clients: str) -> Figure:
    rate, cpu = count / meter.seconds(), meter.load_cpu(count)
    method = f"{count} reads by azure-cosmos, {clients}: {cpu:,.0f} us of its own CPU each"
    return Figure(name, rate, "/s", "", method, meter.server_cpu(count))
