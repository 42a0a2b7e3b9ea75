"""What only shows below the client: signatures, counts, plans, and answers to nonsense."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from urllib.parse import quote, urlsplit
from uuid import UUID

import pytest
from azure.cosmos import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.raw_requests import send
from tests.contract.cosmos.server_process import KEY, ServerProcess


def test_an_unsigned_request_is_refused(server: ServerProcess) -> None:
    status, _, body = send(server, "GET", "/", authorization="")
    assert (status, body["code"]) == (401, "Unauthorized")


def test_a_wrong_signature_is_refused(server: ServerProcess) -> None:
    for token in ("type=master&ver=1.0&sig=AAAA", "nonsense", "type=aad&ver=1.0&sig=x"):
        assert send(server, "GET", "/dbs", authorization=quote(token))[0] == 401


def test_an_old_signature_is_refused(server: ServerProcess) -> None:
    assert send(server, "GET", "/dbs", date="Tue, 01 Nov 2022 08:12:31 GMT")[0] == 403


def test_a_request_keeps_the_name_that_its_client_gave_it_or_gets_one_of_its_own(
    server: ServerProcess,
) -> None:
    named = send(server, "GET", "/dbs", x_ms_activity_id="mine")[1]["x-ms-activity-id"]
    given = {send(server, "GET", "/dbs")[1]["x-ms-activity-id"] for _ in range(3)}
    assert named == "mine"
    assert len(given) == 3
    assert all(str(UUID(name)) == name for name in given)


def test_the_account_names_the_endpoint_that_was_used(server: ServerProcess) -> None:
    status, _, body = send(server, "GET", "/")
    assert status == 200
    assert body["writableLocations"][0]["databaseAccountEndpoint"] == server.url
    assert body["userConsistencyPolicy"]["defaultConsistencyLevel"] == "Session"


def test_requests_are_counted_by_operation_container_and_agent(
    server: ServerProcess, container: ContainerProxy
) -> None:
    container.create_item({"id": "a", "pk": "p"})
    with pytest.raises(CosmosHttpResponseError):
        container.create_item({"id": "a", "pk": "p"})
    container.read_item("a", "p")
    list(container.query_items("SELECT * FROM c", partition_key="p"))
    list(container.query_items_change_feed(start_time="Beginning"))
    with urllib.request.urlopen(server.url + "_stats") as response:
        rows = json.load(response)["requests"]
    mine = {row["operation"]: row for row in rows if row["container"] == container.id}
    assert mine["create"]["count"] == 2
    assert mine["create"]["statuses"] == {"201": 1, "409": 1}
    assert mine["create"]["user_agent"].startswith("azsdk-python-cosmos/4.17.1")
    assert mine["create"]["request_bytes"] > 20
    assert mine["read"]["request_units"] == 1
    assert mine["query"]["response_bytes"] > 100
    assert mine["change_feed"]["statuses"] == {"200": 1, "304": 1}


def test_counts_can_be_reset(server: ServerProcess) -> None:
    send(server, "GET", "/dbs")
    request = urllib.request.Request(server.url + "_stats/reset", method="POST")
    with urllib.request.urlopen(request) as response:
        assert response.status == 204
    with urllib.request.urlopen(server.url + "_stats") as response:
        assert json.load(response) == {"requests": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/nowhere", b"", {}, 404),
        ("POST", "/dbs/x/colls/y/sprocs", b"{}", {}, 404),
        ("POST", "/dbs", b"not json", {}, 400),
        ("POST", "/dbs", b"[]", {}, 400),
        ("POST", "{docs}", b"{}", {}, 400),
        ("POST", "{docs}", b"{}", {"x_ms_documentdb_partitionkey": "{"}, 400),
        ("POST", "{docs}", b"{}", {"x_ms_documentdb_partitionkey": '["a","b"]'}, 400),
        ("POST", "{docs}", b'{"id":"a"}', {"x_ms_documentdb_partitionkey": '["p"]'}, 400),
        ("POST", "{docs}", b'{"query":1}', {"x_ms_documentdb_isquery": "True"}, 400),
        ("GET", "{docs}", b"", {"A_IM": "Full-Fidelity Feed"}, 400),
        ("GET", "{docs}", b"", {"A_IM": "Incremental feed", "if_none_match": "x"}, 400),
        ("GET", "{docs}", b"", {"A_IM": "Incremental feed", "if_none_match": "9" * 20}, 400),
        ("GET", "{docs}", b"", {"A_IM": "Incremental feed", "if_none_match": "9" * 5000}, 400),
        ("GET", "{docs}", b"", {"x_ms_documentdb_partitionkeyrangeid": "7"}, 410),
        ("GET", "{docs}", b"", {"x_ms_continuation": "garbage"}, 400),
        ("GET", "{docs}", b"", {"x_ms_continuation": "\xe9"}, 400),
        ("GET", "{docs}", b"", {"x_ms_max_item_count": "many"}, 400),
    ],
)
def test_nonsense_is_answered_with_a_client_error(
    server: ServerProcess,
    container: ContainerProxy,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    docs = f"/{container.container_link}/docs"
    answer = send(server, method, path.replace("{docs}", docs), body, **headers)
    assert answer[0] == status
    assert answer[2]["message"]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"authorization: type=\xff&sig=x", 401),
        (b"authorization: type=master&sig=\xff", 401),
        (b"authorization: type=master&sig=x\r\nx-ms-date: \xff", 401),
        (b"user-agent: \xff", 401),
    ],
)
def test_headers_that_are_no_text_are_answered_and_leave_no_harm(
    server: ServerProcess, header: bytes, status: int
) -> None:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(b"GET /dbs HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n")
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == status
        assert json.loads(answer.read())["code"] == "Unauthorized"
    with urllib.request.urlopen(server.url + "_stats") as response:
        assert response.status == 200


def test_a_body_of_unknown_length_is_refused_once_it_is_too_long(server: ServerProcess) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(9):
            yield b" " * 1024 * 1024

    status, _, body = send(server, "POST", "/dbs", parts(), transfer_encoding="chunked")
    assert (status, body["code"]) == (413, "RequestEntityTooLarge")


def test_a_body_in_chunks_is_read_to_its_end(server: ServerProcess) -> None:
    parts = iter([b'{"id":', b"7", b"}"])
    status, _, body = send(server, "POST", "/dbs", parts, transfer_encoding="chunked")
    assert (status, body["code"]) == (400, "BadRequest")
    assert "id" in body["message"]


def test_a_query_plan_leaves_nothing_to_the_client(
    server: ServerProcess, container: ContainerProxy
) -> None:
    body = b'{"query":"SELECT VALUE COUNT(1) FROM c"}'
    status, _, plan = send(
        server,
        "POST",
        f"/{container.container_link}/docs",
        body,
        x_ms_cosmos_is_query_plan_request="True",
    )
    assert status == 200
    assert plan["queryInfo"]["aggregates"] == []
    assert plan["queryRanges"] == [
        {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}
    ]


def test_clients_may_hold_many_connections(server: ServerProcess) -> None:
    clients = [CosmosClient(server.url, KEY) for _ in range(20)]
    for client in clients:
        with client:
            assert list(client.list_databases()) is not None
