"""Trouble ordered over HTTP: batches again or never, processes that die, slow activities."""

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.contract.functions.account import Account
from tests.contract.functions.harness import APPS, HostProcess, Reply, launch
from tests.contract.functions.hosts import Hosts
from tests.contract.functions.processes import until
from tests.long_run import but_for_long_runs

_KILLED = -9


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    running = Account(tmp_path_factory.mktemp("cosmos"))
    yield running
    running.server.kill()


@pytest.fixture
async def hosts(account: Account, tmp_path: Path) -> AsyncIterator[Hosts]:
    group = Hosts(account, await account.create_database("turns"), tmp_path)
    yield group
    group.kill_all()


@pytest.fixture
def durable() -> Iterator[HostProcess]:
    host = launch(APPS / "durable").wait_until_ready()
    yield host
    host.kill()


async def order(host: HostProcess, name: str, **fields: Any) -> Reply:
    return await host.call("POST", f"/admin/rehearsal/{name}", json=fields)


async def test_the_last_batches_are_delivered_again_in_order_and_in_other_groups(
    account: Account, hosts: Hosts
) -> None:
    ids = [f"t{n}" for n in range(70)]
    await account.write(hosts.database, "turns", *ids)
    (host,) = hosts.start_ready()
    await hosts.wait_for_deliveries(set(ids))
    first = hosts.read_batches()
    assert [len(batch) for batch in first] == [20, 20, 20, 10]
    assert (await order(host, "redeliver", function="take", batches=3, seed=7)).status == 200
    await until(lambda: len(hosts.read_deliveries()) == 70 + 50)
    again = hosts.read_batches()[len(first) :]
    assert [each for batch in again for each in batch] == ids[20:]
    assert [len(batch) for batch in again] != [20, 20, 10]
    await account.write(hosts.database, "turns", "next")
    await hosts.wait_for_deliveries({"next"})
    assert hosts.read_deliveries().count("next") == 1
    assert len(hosts.read_deliveries()) == 121


async def test_a_redelivery_of_more_than_was_given_begins_where_this_host_began(
    account: Account, hosts: Hosts
) -> None:
    await account.write(hosts.database, "turns", "before")
    (first,) = hosts.start_ready()
    await hosts.wait_for_deliveries({"before"})
    hosts.stop(first)
    (host,) = hosts.start_ready()
    await account.write(hosts.database, "turns", "after")
    await hosts.wait_for_deliveries({"after"})
    await order(host, "redeliver", batches=100)
    await until(lambda: hosts.read_deliveries(host) == ["after", "after"])


async def test_a_dropped_batch_is_never_delivered_and_the_next_one_is(
    account: Account, hosts: Hosts
) -> None:
    (host,) = hosts.start_ready()
    await order(host, "drop", batches=1)
    await account.write(hosts.database, "turns", "dropped")
    await until(lambda: "a batch of 1 documents is dropped" in host.log)
    await account.write(hosts.database, "turns", "next")
    await hosts.wait_for_deliveries({"next"})
    hosts.stop(host)
    hosts.start_ready()
    await account.write(hosts.database, "turns", "last")
    await hosts.wait_for_deliveries({"last"})
    assert sorted(hosts.read_deliveries()) == ["last", "next"]


@pytest.mark.parametrize(
    ("point", "deliveries"),
    but_for_long_runs([("after function", 2), ("before function", 1), ("after checkpoint", 1)]),
)
async def test_a_process_ends_at_the_named_point_as_by_kill_9(
    account: Account, hosts: Hosts, point: str, deliveries: int
) -> None:
    (host,) = hosts.start_ready()
    assert (await order(host, "crash", point=point, skip=1)).json["crashes"] == {point: 1}
    await account.write(hosts.database, "turns", "skipped")
    await hosts.wait_for_deliveries({"skipped"})
    await account.write(hosts.database, "turns", "struck")
    assert host.wait() == _KILLED
    hosts.running.remove(host)
    hosts.start_ready()
    await account.write(hosts.database, "turns", "next")
    await hosts.wait_for_deliveries({"struck", "next"})
    assert hosts.read_deliveries().count("struck") == deliveries
    assert hosts.read_deliveries().count("skipped") == 1


async def test_activities_wait_as_long_as_was_ordered_until_the_order_is_taken_back(
    durable: HostProcess,
) -> None:
    await order(durable, "delay", point="before activity", milliseconds=1000)
    began = time.monotonic()
    await durable.run("fan_out", 3)
    assert time.monotonic() - began > 1
    cleared = await durable.call("DELETE", "/admin/rehearsal")
    assert (cleared.json["delays"], cleared.json["crashes"]) == ({}, {})
    began = time.monotonic()
    await durable.run("fan_out", 3)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("point", but_for_long_runs(["after activity", "after orchestrator turn"]))
async def test_an_orchestration_whose_worker_died_at_a_point_goes_on_in_the_next_process(
    tmp_path: Path, point: str
) -> None:
    first = launch(APPS / "durable", "--data", str(tmp_path)).wait_until_ready()
    await order(first, "crash", point=point)
    with contextlib.suppress(aiohttp.ClientError):  # the process may end before it answers
        await first.start("fan_out", 3, "struck")
    assert first.wait() == _KILLED
    second = launch(APPS / "durable", "--data", str(tmp_path)).wait_until_ready()
    try:
        assert (await second.finish("struck"))["runtimeStatus"] == "Completed"
    finally:
        second.kill()


async def test_an_order_that_cannot_be_carried_out_is_refused_with_what_there_is(
    account: Account, hosts: Hosts, durable: HostProcess
) -> None:
    (host,) = hosts.start_ready()
    refused = await order(host, "crash", point="at noon")
    assert refused.status == 400
    assert "'at noon' is not a point; there are: before function" in refused.text
    refused = await order(host, "drop", function="other")
    assert refused.status == 400
    assert "'other' is not a cosmosDBTrigger function; there are: take." in refused.text
    refused = await order(host, "drop", batches=0)
    assert (refused.status, "batches: " in refused.text) == (400, True)
    refused = await order(host, "delay", point="before activity")
    assert (refused.status, "milliseconds: " in refused.text) == (400, True)
    refused = await order(durable, "redeliver")
    assert (refused.status, "no cosmosDBTrigger" in refused.text) == (400, True)
    # A browser's form is refused: any page could send one.
    refused = await host.call("POST", "/admin/rehearsal/drop", data={"batches": "1"})
    assert refused.status == 415
    assert (await host.call("GET", "/admin/rehearsal")).json["feeds"] == {"take": {"drops": 0}}
