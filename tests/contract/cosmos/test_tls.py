"""https with a certificate that was given, and the tokens that clients send over https only."""

import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.cosmos import CosmosClient, PartitionKey
from azure.cosmos.exceptions import CosmosHttpResponseError

from tests.contract.cosmos.certificates import make_certificate
from tests.contract.cosmos.server_process import KEY, ServerProcess

# azure-cosmos verifies no certificate of a loopback address, whatever it is told.
pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


class AnyCredential:
    """A credential with a token that nobody issued."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("not.a.token", int(time.time()) + 3600)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


def start(certificate: Path, *options: str) -> Iterator[ServerProcess]:
    folder = certificate.parent / "data"
    server = ServerProcess(folder, "--certificate", str(certificate), *options)
    yield server
    assert server.stop() == 0, "".join(server.lines)


@pytest.fixture
def open_server(certificate: Path) -> Iterator[ServerProcess]:
    yield from start(certificate, "--accept-any-token")


@pytest.fixture
def strict_server(certificate: Path) -> Iterator[ServerProcess]:
    yield from start(certificate)


def use(client: CosmosClient) -> None:
    database = client.create_database("db")
    container = database.create_container("c", PartitionKey(path="/pk"))
    container.create_item({"id": "a", "pk": "p"})
    assert container.read_item("a", "p")["id"] == "a"


def test_the_key_works_over_https(strict_server: ServerProcess) -> None:
    assert strict_server.url.startswith("https://127.0.0.1:")
    with CosmosClient(strict_server.url, KEY) as client:
        use(client)
        account = client.get_database_account()
        (region,) = account.WritableLocations
        assert region["databaseAccountEndpoint"] == strict_server.url


def test_the_certificate_is_the_one_that_was_given(
    strict_server: ServerProcess, certificate: Path
) -> None:
    context = ssl.create_default_context(cafile=certificate)
    with urllib.request.urlopen(strict_server.url + "_stats", context=context) as response:
        assert response.status == 200


def test_any_token_works_where_that_was_asked_for(open_server: ServerProcess) -> None:
    with CosmosClient(open_server.url, AnyCredential()) as client:
        use(client)


def test_tokens_work_with_a_certificate_that_the_server_made(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, "--tls", "--accept-any-token")
    try:
        with CosmosClient(server.url, AnyCredential()) as client:
            use(client)
    finally:
        assert server.stop() == 0


def test_no_token_works_otherwise(strict_server: ServerProcess) -> None:
    with pytest.raises(CosmosHttpResponseError) as failure:
        CosmosClient(strict_server.url, AnyCredential())
    assert failure.value.status_code == 401


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--accept-any-token"], "--certificate"),
        (["--certificate", "missing.pem"], "missing.pem"),
        (["--tls", "--certificate", "own.pem"], "not allowed with"),
    ],
)
def test_options_that_cannot_work_are_refused_at_the_start(
    tmp_path: Path, options: list[str], word: str
) -> None:
    command = [sys.executable, "-m", "local.cosmos", "--data", str(tmp_path), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert word in done.stderr
