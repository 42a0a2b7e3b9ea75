"""Throughput that is provisioned, read and replaced through the clients; offers below them."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy, PartitionKey, ThroughputProperties
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.conftest import MakeContainer
from tests.contract.cosmos.raw_requests import send
from tests.contract.cosmos.server_process import KEY, ServerProcess

BY_RESOURCE = "SELECT * FROM root r WHERE r.resource=@link"


def autoscale(most: int, percent: int | None = None) -> ThroughputProperties:
    return ThroughputProperties(
        auto_scale_max_throughput=most, auto_scale_increment_percent=percent
    )


def offers_of(server: ServerProcess, resource: str, text: str = BY_RESOURCE) -> list[Any]:
    query = {"query": text, "parameters": [{"name": "@link", "value": resource}]}
    status, _, answer = send(server, "POST", "/offers", json.dumps(query).encode())
    assert status == 200, answer
    assert answer["_count"] == len(answer["Offers"])
    return answer["Offers"]


def test_a_fixed_throughput_is_read_and_replaced(
    client: CosmosClient, make_container: MakeContainer
) -> None:
    container = make_container("/pk", offer_throughput=400)
    database = client.create_database(uuid4().hex, offer_throughput=1000)
    assert container.get_throughput().offer_throughput == 400
    assert container.replace_throughput(700).offer_throughput == 700
    assert database.replace_throughput(1100).offer_throughput == 1100
    assert container.get_throughput().offer_throughput == 700
    assert database.get_throughput().offer_throughput == 1100
    assert "throughput" not in json.dumps([container.read(), database.read()]).lower()


def test_autoscale_is_read_and_replaced_with_its_increment(make_container: MakeContainer) -> None:
    container = make_container("/pk", offer_throughput=autoscale(4000, 1))
    found = container.get_throughput()
    assert (found.auto_scale_max_throughput, found.auto_scale_increment_percent) == (4000, 1)
    assert container.replace_throughput(autoscale(7000, 20)).offer_throughput == 700
    found = container.get_throughput()
    assert (found.auto_scale_max_throughput, found.auto_scale_increment_percent) == (7000, 20)


async def test_the_async_client_reads_and_replaces_it_too(async_client: AsyncCosmosClient) -> None:
    database = await async_client.create_database(uuid4().hex, offer_throughput=500)
    container = await database.create_container("c", PartitionKey("/pk"), offer_throughput=600)
    await container.replace_throughput(800)
    assert (await container.get_throughput()).offer_throughput == 800
    assert (await database.get_throughput()).offer_throughput == 500


def test_without_a_throughput_there_is_no_offer_and_it_goes_with_its_resource(
    server: ServerProcess, client: CosmosClient
) -> None:
    database = client.create_database(uuid4().hex, offer_throughput=500)
    given = database.create_container("given", PartitionKey("/pk"), offer_throughput=400)
    plain = database.create_container("plain", PartitionKey("/pk"))
    links = [str(each.read()["_self"]) for each in (database, given, plain)]
    assert [len(offers_of(server, link)) for link in links] == [1, 1, 0]
    database.delete_container("given")
    assert [len(offers_of(server, link)) for link in links] == [1, 0, 0]
    client.delete_database(database.id)
    assert [len(offers_of(server, link)) for link in links] == [0, 0, 0]


def test_offers_are_listed_read_and_queried_as_any_documents(
    server: ServerProcess, make_container: MakeContainer
) -> None:
    link = str(make_container("/pk", offer_throughput=400).read()["_self"])
    [offer] = offers_of(server, link)
    assert send(server, "GET", f"/offers/{offer['id']}")[2] == offer
    assert offer in send(server, "GET", "/offers")[2]["Offers"]
    text = "SELECT VALUE r.content.offerThroughput FROM r WHERE r.resource = @link"
    assert offers_of(server, link, text) == [400]
    assert send(server, "GET", "/offers/nosuch")[0] == 404
    stale = send(server, "PUT", f"/offers/{offer['id']}", json.dumps(offer).encode(), if_match="x")
    assert stale[0] == 412


@pytest.mark.parametrize(
    "throughput", [300, 450, 2_000_000, autoscale(500), autoscale(1500), autoscale(0)]
)
def test_a_throughput_that_the_service_does_not_have_is_refused(
    database: DatabaseProxy, make_container: MakeContainer, throughput: int | ThroughputProperties
) -> None:
    with pytest.raises(CosmosHttpResponseError, match="in steps of") as refusal:
        make_container("/pk", offer_throughput=throughput)
    assert refusal.value.status_code == 400
    kept: Any = 400 if isinstance(throughput, int) else autoscale(1000)
    container = make_container("/pk", offer_throughput=kept)
    before = vars(container.get_throughput())
    with pytest.raises(CosmosHttpResponseError, match="in steps of"):
        container.replace_throughput(throughput)
    assert vars(container.get_throughput()) == before


def test_throughput_outlives_the_server(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    with CosmosClient(server.url, KEY) as client:
        database = client.create_database("d")
        container = database.create_container("c", PartitionKey("/pk"), offer_throughput=400)
        container.replace_throughput(900)
    server.kill()
    server = ServerProcess(tmp_path)
    with CosmosClient(server.url, KEY) as client:
        container = client.get_database_client("d").get_container_client("c")
        assert container.get_throughput().offer_throughput == 900
    assert server.stop() == 0
