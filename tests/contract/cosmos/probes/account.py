"""Probes of the account and its resources."""

import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, PartitionKey, ThroughputProperties
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.certificates import make_certificate
from tests.contract.cosmos.fault_orders import FaultOrders
from tests.contract.cosmos.partition_splits import split_partition
from tests.contract.cosmos.probes.registry import Ground, Refused, refused, run, works
from tests.contract.cosmos.raw_requests import send
from tests.contract.cosmos.server_process import KEY, ServerProcess


def raw(at: Ground, method: str, path: str, body: bytes = b"", **headers: str) -> Refused:
    """A signed request that raises what a client would."""

    def request() -> None:
        status, _, answer = send(at.server, method, path, body, **headers)
        if status >= 400:
            raise CosmosHttpResponseError(status_code=status, message=answer["message"])

    return request


@works("Master key (HMAC)")
def check_master_key(at: Ground) -> None:
    assert send(at.server, "GET", "/dbs")[0] == 200
    wrong = quote("type=master&ver=1.0&sig=AAAA")
    assert send(at.server, "GET", "/dbs", authorization=wrong)[0] == 401
    assert send(at.server, "GET", "/dbs", date="Tue, 01 Nov 2022 08:12:31 GMT")[0] == 403


@refused("Resource tokens", "key")
def use_resource_tokens(at: Ground) -> list[Refused]:
    token = quote("type=resource&ver=1.0&sig=x")
    return [raw(at, "GET", "/dbs", authorization=token)]


@works("Entra ID")
def check_entra_tokens(at: Ground) -> None:
    token = quote("type=aad&ver=1.0&sig=x")
    assert send(at.server, "GET", "/dbs", authorization=token)[0] == 401
    with tempfile.TemporaryDirectory() as folder:
        with https_server(Path(folder), "--accept-any-token") as answers:
            assert answers(token) == 200
        with https_server(Path(folder)) as answers:
            assert answers(token) == 401


@works("TLS")
def check_tls(at: Ground) -> None:
    assert at.server.url.startswith("http://127.0.0.1:")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with https_server(folder) as answers:
            assert answers("") == 401
        given = make_certificate(folder)
        with https_server(folder, "--certificate", str(given), authority=given) as answers:
            assert answers("") == 401
        # The same server, to a client that trusts another one.
        with (
            https_server(folder, authority=given) as answers,
            pytest.raises(urllib.error.URLError, match="certificate verify failed"),
        ):
            answers("")


@contextmanager
def https_server(
    folder: Path, *options: str, authority: Path | None = None
) -> Generator[Callable[[str], int]]:
    """A server over https; how it answers a token to a client that trusts one authority only."""
    data = folder / "data"
    kind = () if "--certificate" in options else ("--tls",)
    server = ServerProcess(data, *kind, *options)
    context = ssl.create_default_context(cafile=authority or data / "tls" / "ca.pem")

    def answer(token: str) -> int:
        request = urllib.request.Request(server.url + "dbs", headers={"authorization": token})
        try:
            with urllib.request.urlopen(request, context=context) as response:
                return response.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    try:
        yield answer
    finally:
        assert server.stop() == 0


@works("Databases: create, read, list, delete")
def check_databases(at: Ground) -> None:
    name = uuid4().hex
    database = at.client.create_database(name)
    assert database.read()["id"] == name
    assert name in {found["id"] for found in at.client.list_databases()}
    at.client.delete_database(name)
    assert name not in {found["id"] for found in at.client.list_databases()}


@works("Containers: create, read, list, replace, delete")
def check_containers(at: Ground) -> None:
    container = at.make()
    at.database.replace_container(container.id, PartitionKey(path="/pk"), default_ttl=60)
    assert container.read()["defaultTtl"] == 60
    assert container.id in {found["id"] for found in at.database.list_containers()}
    with pytest.raises(CosmosHttpResponseError) as failure:
        at.database.replace_container(container.id, PartitionKey(path="/other"))
    assert failure.value.status_code == 400
    assert container.read()["partitionKey"]["paths"] == ["/pk"]
    at.database.delete_container(container.id)
    assert container.id not in {found["id"] for found in at.database.list_containers()}


@refused("Queries over databases and containers", "Queries")
def query_resources(at: Ground) -> list[Refused]:
    return [
        lambda: list(at.client.query_databases("SELECT * FROM c")),
        lambda: list(at.database.query_containers("SELECT * FROM c")),
    ]


@works("Hash and MultiHash (up to 3 paths), version 2")
def check_keys(at: Ground) -> None:
    paths = ["/a", "/b", "/c"]
    for count in (1, 2, 3):
        container = at.make(*paths[:count])
        container.create_item({"id": "x", "a": "1", "b": "2", "c": "3"})
        key: Any = "1" if count == 1 else ["1", "2", "3"][:count]
        assert container.read_item("x", key)["c"] == "3"
        assert container.read()["partitionKey"]["version"] == 2


@refused("Partition key version 1, Range", "artition key")
def define_old_keys(at: Ground) -> list[Refused]:
    def define(**definition: Any) -> Refused:
        key = {"paths": ["/pk"], **definition}
        return lambda: at.database.create_container(uuid4().hex, key)  # pyright: ignore[reportArgumentType]  # what the wire has

    return [define(kind="Hash", version=1), define(kind="Range", version=2)]


@works("`defaultTtl`, indexing, vector, full-text policy")
def check_policies(at: Ground) -> None:
    vector = {
        "path": "/v",
        "dataType": "float32",
        "distanceFunction": "cosine",
        "dimensions": 2,
    }
    text = {"defaultLanguage": "en-US", "fullTextPaths": [{"path": "/t", "language": "en-US"}]}
    read = at.make(
        default_ttl=5,
        indexing_policy={"excludedPaths": [{"path": "/x/*"}]},
        vector_embedding_policy={"vectorEmbeddings": [vector]},
        full_text_policy=text,
    ).read()
    assert (read["defaultTtl"], read["fullTextPolicy"]) == (5, text)
    assert read["indexingPolicy"]["excludedPaths"] == [{"path": "/x/*"}]
    assert read["vectorEmbeddingPolicy"]["vectorEmbeddings"] == [vector]


@refused("Unique keys, computed properties, analytical store", "not supported")
def use_other_policies(at: Ground) -> list[Refused]:
    unique = {"uniqueKeys": [{"paths": ["/a"]}]}
    computed = [{"name": "x", "query": "SELECT VALUE c.a FROM c"}]
    return [
        lambda: at.make(unique_key_policy=unique),
        lambda: at.make(computed_properties=computed),
        lambda: at.make(analytical_storage_ttl=-1),
    ]


@works("Throughput, offers")
def check_throughput(at: Ground) -> None:
    container = at.make(offer_throughput=400)
    assert container.get_throughput().offer_throughput == 400
    container.replace_throughput(500)
    assert container.get_throughput().offer_throughput == 500
    growing = at.make(offer_throughput=ThroughputProperties(auto_scale_max_throughput=1000))
    assert growing.get_throughput().auto_scale_max_throughput == 1000
    _, _, answer = send(at.server, "GET", "/offers")
    assert at.make().read()["_self"] not in {offer["resource"] for offer in answer["Offers"]}


@refused("Addressing by `_rid`, users, permissions", "")
def use_rids_and_users(at: Ground) -> list[Refused]:
    rid = at.database.read()["_rid"]
    return [
        raw(at, "GET", f"/dbs/{rid}"),
        lambda: list(at.database.list_users()),
        lambda: at.database.create_user({"id": "u"}),
    ]


@refused("Stored procedures, triggers, UDFs, conflicts", "on this server")
def use_scripts(at: Ground) -> list[Refused]:
    container = at.make()
    scripts = container.scripts
    return [
        lambda: scripts.create_stored_procedure({"id": "x", "body": "function () {}"}),
        lambda: scripts.create_trigger({"id": "x", "body": "function () {}"}),  # pyright: ignore[reportArgumentType]  # refused before it matters
        lambda: scripts.create_user_defined_function({"id": "x", "body": "function () {}"}),
        lambda: list(container.list_conflicts()),
    ]


@works("Partition key ranges, splits")
def check_ranges(at: Ground) -> None:
    container = at.make()
    status, _, answer = send(at.server, "GET", f"/{container.container_link}/pkranges")
    assert status == 200
    [part] = answer["PartitionKeyRanges"]
    assert (part["minInclusive"], part["maxExclusive"]) == ("", "FF")
    assert len(list(container.read_feed_ranges())) == 1
    split_partition(at.server, container)
    assert len(list(container.read_feed_ranges(force_refresh=True))) == 2


@works("Regions, consistency levels")
def check_regions(at: Ground) -> None:
    for level in ("Session", "Eventual"):
        with CosmosClient(at.server.url, KEY, consistency_level=level) as client:
            account = client.get_database_account()
            assert len(account.ReadableLocations) == len(account.WritableLocations) == 1


@works("Session tokens")
def check_session_tokens(at: Ground) -> None:
    container = at.make()
    link = f"/{container.container_link}/docs/x"
    container.create_item({"id": "x", "pk": "p"})
    status, headers, _ = send(
        at.server,
        "GET",
        link,
        x_ms_session_token="0:-1#999999999",
        x_ms_documentdb_partitionkey='["p"]',
    )
    assert status == 200
    assert headers["x-ms-session-token"].startswith("0:-1#")


@works("Request charge")
def check_charge(at: Ground) -> None:
    container = at.filled({"text": "x" * 1500})
    container.read_item("0", "p")
    assert charge_of(container) == 2
    run(container, "SELECT * FROM c")
    assert charge_of(container) > 1
    names = {f"n{at}": {"deep": at} for at in range(10)}
    container.upsert_item({"id": "0", "pk": "p", "text": "x" * 1500})
    plain = charge_of(container)
    container.upsert_item({"id": "0", "pk": "p", "text": "x" * 1200, **names})
    assert plain > 10
    assert charge_of(container) == pytest.approx(plain + 2)  # twenty more properties
    unindexed = at.filled(names, indexing_policy={"indexingMode": "none", "automatic": False})
    assert charge_of(unindexed) == 5


def charge_of(container: ContainerProxy) -> float:
    """What the last request cost."""
    return float(container.client_connection.last_response_headers["x-ms-request-charge"])


@works("408, 429, 449, 503, closed connections, lost replies")
def check_faults(at: Ground) -> None:
    container = at.make()
    faults = FaultOrders(at.server.url)
    for status in (408, 429, 449, 503):
        faults.order("status", status=status, container=container.id)
        path = f"/{container.container_link}"
        assert send(at.server, "GET", path)[0] == status
        assert send(at.server, "GET", path)[0] == 200
    faults.clear()
