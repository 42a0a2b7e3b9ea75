"""The Cosmos DB trigger, from the account to the function: real SDK, real endpoint, real host."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import ServerProcess, until

_KEY = "bG9jYWwtZnVuY3Rpb25zLXRlc3RzLWtleQ=="


class Account:
    """A Cosmos DB endpoint that can be killed and started again where it was."""

    def __init__(self, data: Path, port: int = 0) -> None:
        self._data = data
        self._start(port)

    def _start(self, port: int) -> None:
        arguments = ["--port", str(port), "--data", str(self._data), "--key", _KEY]
        self.server = ServerProcess("local.cosmos", *arguments)
        self.port = int(self.server.wait_for_line(r"listening on http://127.0.0.1:(\d+)")[1])

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def restart(self) -> None:
        self._start(self.port)

    async def write(self, database: str, container: str, *ids: str) -> None:
        async with CosmosClient(self.endpoint, _KEY) as client:
            items = client.get_database_client(database).get_container_client(container)
            for each in ids:
                await items.upsert_item({"id": each, "pk": "a"})

    async def create_database(self) -> str:
        name = uuid.uuid4().hex
        async with CosmosClient(self.endpoint, _KEY) as client:
            database = await client.create_database(name)
            for container in ("turns", "retried"):
                await database.create_container(container, PartitionKey("/pk"))
        return name

    async def read_leases(self, database: str) -> list[dict[str, Any]]:
        async with CosmosClient(self.endpoint, _KEY) as client:
            leases = client.get_database_client(database).get_container_client("leases")
            documents = [each async for each in leases.read_all_items()]
            return [each for each in documents if "LeaseToken" in each]

    def launch(self, database: str) -> HostProcess:
        settings = {
            "COSMOS": f"AccountEndpoint={self.endpoint};AccountKey={_KEY};",
            "BY_NAME__accountEndpoint": self.endpoint,
            "BY_NAME__accountKey": _KEY,
            "DATABASE": database,
        }
        return launch(APPS / "change_feed", settings=settings)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    running = Account(tmp_path_factory.mktemp("cosmos"))
    yield running
    running.server.kill()


async def read_batches(host: HostProcess, function: str = "plain") -> list[dict[str, Any]]:
    batches = (await host.call("GET", "/api/batches")).json
    return [batch for batch in batches if batch["function"] == function]


async def read_ids(host: HostProcess, function: str = "plain") -> list[str]:
    return [each for batch in await read_batches(host, function) for each in batch["ids"]]


async def wait_for_ids(host: HostProcess, *ids: str, function: str = "plain") -> None:
    async def has_come() -> bool:
        return set(ids) <= set(await read_ids(host, function))

    await until(has_come)


async def test_a_trigger_delivers_what_is_written_and_obeys_its_retry_policy(
    account: Account,
) -> None:
    database = await account.create_database()
    await account.write(database, "turns", "before")
    await account.write(database, "retried", "early")
    host = account.launch(database).wait_until_ready()
    try:
        ids = [f"t{n}" for n in range(10)]
        await account.write(database, "turns", *ids)
        await wait_for_ids(host, *ids)
        batches = await read_batches(host)
        assert await read_ids(host) == ids
        assert max(len(batch["ids"]) for batch in batches) <= 3
        lsns = [lsn for batch in batches for lsn in batch["lsns"]]
        assert lsns == sorted(set(lsns))
        await wait_for_ids(host, "early", function="retried")

        # Without a policy a failed batch is skipped, as on Azure.
        await host.call("POST", "/api/orders", {"fail": 1})
        await account.write(database, "turns", "skipped")
        await until(lambda: "a batch of 1 documents was not processed" in host.log)
        await account.write(database, "turns", "next")
        await wait_for_ids(host, "next")
        assert (await read_ids(host)).count("skipped") == 1

        # With one it is given again until it succeeds.
        await host.call("POST", "/api/orders", {"fail": 3})
        await account.write(database, "retried", "stubborn")
        await until(lambda: host.log.count("it will be retried") == 3)
        await account.write(database, "retried", "after")
        await wait_for_ids(host, "after", function="retried")
        retries = [
            batch["retry"]
            for batch in await read_batches(host, "retried")
            if batch["ids"] == ["stubborn"]
        ]
        assert retries == [[0, 0], [1, -1], [2, -1], [3, -1]]
        assert "t0" not in host.log

        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{account.endpoint}_stats") as reply,
        ):
            agents = {each["user_agent"] for each in (await reply.json())["requests"]}
        assert any(agent.endswith("local-functions-host") for agent in agents)
    finally:
        assert host.stop() == 0, host.log[-3000:]
    leases = await account.read_leases(database)
    assert len(leases) == 2
    assert {lease["Owner"] for lease in leases} == {None}
    assert [lease["id"].startswith("plain") for lease in leases].count(True) == 1


async def test_a_crash_before_the_checkpoint_delivers_the_batch_again(account: Account) -> None:
    database = await account.create_database()
    first = account.launch(database).wait_until_ready()
    await account.write(database, "turns", "done")
    await wait_for_ids(first, "done")
    await first.call("POST", "/api/orders", {"hold": True})
    await account.write(database, "turns", "in-hand")
    await wait_for_ids(first, "in-hand")
    first.kill()
    await account.write(database, "turns", "meanwhile")
    began = time.monotonic()
    second = account.launch(database).wait_until_ready()
    try:
        await wait_for_ids(second, "in-hand", "meanwhile")
        assert "done" not in await read_ids(second)
        # The dead process's word is not waited for: see is_known_dead.
        assert time.monotonic() - began < 10
    finally:
        second.stop()


async def test_a_second_host_takes_over_when_the_first_is_silent(account: Account) -> None:
    database = await account.create_database()
    first = account.launch(database).wait_until_ready()
    second = account.launch(database).wait_until_ready()
    try:
        await account.write(database, "turns", "one")
        await wait_for_ids(first, "one")
        assert await read_ids(second) == []
        os.kill(first.process.pid, signal.SIGSTOP)
        await account.write(database, "turns", "two")
        await wait_for_ids(second, "two")
        os.kill(first.process.pid, signal.SIGCONT)
        await until(lambda: "another host took the lease" in first.log)
        await account.write(database, "turns", "three")
        await wait_for_ids(second, "three")
        assert await read_ids(first) == ["one"]
    finally:
        first.kill()
        second.stop()


async def test_an_account_that_is_down_delays_the_trigger_and_never_ends_it(
    tmp_path: Path,
) -> None:
    account = Account(tmp_path)
    database = await account.create_database()
    account.server.kill()
    host = account.launch(database).wait_until_listening()
    try:
        await until(lambda: "the change feed cannot be prepared" in host.log)
        assert (await host.call("GET", "/admin/host/status")).json["state"] == "Starting"
        account.restart()
        host.wait_until_ready()
        await account.write(database, "turns", "one")
        await wait_for_ids(host, "one")
        account.server.kill()
        await until(lambda: "a feed range cannot be read" in host.log)
        account.restart()
        await account.write(database, "turns", "two")
        await wait_for_ids(host, "two")
        # "one" may come again: nobody knows whether its checkpoint was stored before the kill.
        assert set(await read_ids(host)) == {"one", "two"}
    finally:
        host.stop()
        account.server.kill()


async def test_a_container_that_is_recreated_is_read_again(account: Account) -> None:
    database = await account.create_database()
    host = account.launch(database).wait_until_ready()
    try:
        async with CosmosClient(account.endpoint, _KEY) as client:
            store = client.get_database_client(database)
            await store.delete_container("turns")
            await until(lambda: "cannot be prepared" in host.log)
            await store.create_container("turns", PartitionKey("/pk"))

        async def is_delivered() -> bool:
            await account.write(database, "turns", uuid.uuid4().hex)
            return await read_ids(host) != []

        await until(is_delivered)
    finally:
        host.stop()
