"""The Cosmos DB trigger, from the account to the function: real SDK, real endpoint, real host."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos import PartitionKey

from tests.contract.functions.account import Account, find_container
from tests.contract.functions.harness import HostProcess
from tests.contract.functions.processes import until


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
    database = await account.create_database("turns", "retried")
    await account.write(database, "turns", "before")
    await account.write(database, "retried", "early")
    host = account.launch("change_feed", database).wait_until_ready()
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

        agents = {each["user_agent"] for each in (await account.get("_stats"))["requests"]}
        assert any(agent.endswith("local-functions-host") for agent in agents)
    finally:
        assert host.stop() == 0, host.log[-3000:]
    leases = await account.read_leases(database)
    assert len(leases) == 2
    assert {lease["Owner"] for lease in leases} == {None}
    assert [lease["id"].startswith("plain") for lease in leases].count(True) == 1


async def test_a_crash_before_the_checkpoint_delivers_the_batch_again(account: Account) -> None:
    database = await account.create_database("turns", "retried")
    first = account.launch("change_feed", database).wait_until_ready()
    await account.write(database, "turns", "done")
    await wait_for_ids(first, "done")
    await first.call("POST", "/api/orders", {"hold": True})
    await account.write(database, "turns", "in-hand")
    await wait_for_ids(first, "in-hand")
    first.kill()
    await account.write(database, "turns", "meanwhile")
    began = time.monotonic()
    second = account.launch("change_feed", database).wait_until_ready()
    try:
        await wait_for_ids(second, "in-hand", "meanwhile")
        assert "done" not in await read_ids(second)
        # The dead process's word is not waited for: see is_known_dead.
        assert time.monotonic() - began < 10
    finally:
        second.stop()


async def test_a_second_host_takes_over_when_the_first_is_silent(account: Account) -> None:
    database = await account.create_database("turns", "retried")
    first = account.launch("change_feed", database).wait_until_ready()
    second = account.launch("change_feed", database).wait_until_ready()
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


async def test_a_batch_that_is_retried_for_ever_is_left_to_the_lease_s_new_owner(
    account: Account,
) -> None:
    database = await account.create_database("turns", "retried")
    host = account.launch("change_feed", database).wait_until_ready()
    try:
        await host.call("POST", "/api/orders", {"fail": 1_000_000})
        await account.write(database, "retried", "stubborn")
        await until(lambda: host.log.count("it will be retried") > 2)
        async with account.connect() as client:
            leases = find_container(client, database, "leases")
            (lease,) = [
                each
                for each in await account.read_leases(database)
                if each["Owner"].endswith("/retried")
            ]
            await leases.upsert_item({**lease, "Owner": "elsewhere/1/1.0/retried"})
        await until(lambda: "another host took the lease" in host.log)
        await host.call("POST", "/api/orders", {"fail": 0})
        # That owner is silent, so its lease expires and the batch begins anew.
        await until(lambda: "of elsewhere/1/1.0/retried" in host.log)
        await account.write(database, "retried", "after")
        await wait_for_ids(host, "after", function="retried")
        last = [each for each in await read_batches(host, "retried") if "stubborn" in each["ids"]]
        assert last[-1]["retry"] == [0, 0]
    finally:
        host.stop()


@pytest.mark.long
async def test_a_long_call_keeps_its_lease(account: Account) -> None:
    database = await account.create_database("turns", "retried")
    first = account.launch("change_feed", database).wait_until_ready()
    await until_owned(account, database)
    second = account.launch("change_feed", database).wait_until_ready()
    try:
        await first.call("POST", "/api/orders", {"hold": True})
        await account.write(database, "turns", "long")
        await wait_for_ids(first, "long")
        etags: set[str] = set()

        async def is_renewed_for_longer_than_a_lease_lasts() -> bool:
            etags.update(
                each["_etag"]
                for each in await account.read_leases(database)
                if each["Owner"].endswith("/plain")
            )
            return len(etags) > 3 * 1000 / 200

        await until(is_renewed_for_longer_than_a_lease_lasts)
        await first.call("POST", "/api/orders", {"hold": False})
        await account.write(database, "turns", "next")
        await wait_for_ids(first, "next")
        assert await read_ids(first) == ["long", "next"]
        assert await read_ids(second) == []
    finally:
        first.stop()
        second.stop()


async def until_owned(account: Account, database: str) -> None:
    async def are_owned() -> bool:
        return all(each["Owner"] for each in await account.read_leases(database))

    await until(are_owned)


@pytest.mark.long
async def test_an_account_that_is_down_delays_the_trigger_and_never_ends_it(
    tmp_path: Path,
) -> None:
    account = Account(tmp_path)
    database = await account.create_database("turns", "retried")
    account.server.kill()
    host = account.launch("change_feed", database).wait_until_listening()
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
    database = await account.create_database("turns", "retried")
    host = account.launch("change_feed", database).wait_until_ready()
    try:
        async with account.connect() as client:
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
