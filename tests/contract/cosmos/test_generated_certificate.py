"""https with a certificate that the server makes for itself and keeps.

azure-cosmos checks no certificate at `localhost` and `127.0.0.1`, whatever it is told, so these
servers listen at another address of the loopback network.
"""

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.cosmos.sdk_process import SDK_PYTHON, SdkProcess
from tests.contract.cosmos.server_process import KEY, ServerProcess
from tests.contract.cosmos.tls_process import CLIENTS, TRUST_VARIABLES, run_client, trust
from tests.long_run import but_for_long_runs

ADDRESS = "127.0.0.2"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems have one loopback address of this kind"
)


def serve(data: Path, *options: str) -> ServerProcess:
    return ServerProcess(data, "--tls", "--host", ADDRESS, *options)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = serve(tmp_path_factory.mktemp("tls"))
    yield server
    assert server.stop() == 0, "".join(server.lines)


def authority_of(server: ServerProcess) -> Path:
    """The file that the server's log names."""
    (path,) = re.findall(r"the authority in (\S+)", "".join(server.lines))
    return Path(path)


@pytest.mark.parametrize("kind", but_for_long_runs(CLIENTS))
def test_a_client_that_trusts_the_authority_is_answered(server: ServerProcess, kind: str) -> None:
    assert run_client(kind, server.url, KEY, trust(authority_of(server))) == ""


@pytest.mark.parametrize("kind", but_for_long_runs(CLIENTS))
def test_a_client_that_does_not_is_not_connected(server: ServerProcess, kind: str) -> None:
    assert "certificate verify failed" in run_client(kind, server.url, KEY, {})


@pytest.mark.skipif(not SDK_PYTHON.exists(), reason="./dev setup --dev makes .venv-sdk")
@pytest.mark.parametrize("kind", ["sync", "aio"])
def test_the_public_sdk_makes_its_store_where_it_trusts_the_server(
    server: ServerProcess, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in TRUST_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in trust(authority_of(server)).items():
        monkeypatch.setenv(name, value)
    sdk = SdkProcess(kind, server.url, f"sdk-{kind}")
    sdk.call("create_memory_store")
    sdk.close()


def test_the_keys_are_their_owners_only(server: ServerProcess) -> None:
    folder = authority_of(server).parent
    assert {path.name for path in folder.iterdir()} == {"ca.pem", "ca-key.pem", "server.pem"}
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("ca-key.pem", "server.pem"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.long
def test_a_client_keeps_trusting_a_server_that_was_killed_and_started_again(tmp_path: Path) -> None:
    first = serve(tmp_path)
    authority = tmp_path / "copied.pem"
    authority.write_bytes(authority_of(first).read_bytes())
    assert run_client("sync", first.url, KEY, trust(authority)) == ""
    first.kill()
    (tmp_path / "tls" / "server.pem").write_text("cut off")

    second = serve(tmp_path)
    try:
        assert "made a certificate" in "".join(second.lines)
        assert run_client("sync", second.url, KEY, trust(authority)) == ""
    finally:
        assert second.stop() == 0


def test_another_data_directory_has_another_authority(
    server: ServerProcess, tmp_path: Path
) -> None:
    other = serve(tmp_path)
    try:
        said = run_client("urllib", other.url, KEY, trust(authority_of(server)))
        assert "certificate verify failed" in said
    finally:
        assert other.stop() == 0


@pytest.mark.long
def test_the_default_address_is_named_in_the_certificate_too(
    server: ServerProcess, tmp_path: Path
) -> None:
    local = ServerProcess(tmp_path, "--tls")
    try:
        assert local.url.startswith("https://127.0.0.1:")
        as_name = local.url.replace("127.0.0.1", "localhost")
        for url in (local.url, as_name):
            assert run_client("urllib", url, KEY, trust(authority_of(local))) == ""
            assert "certificate verify failed" in run_client("urllib", url, KEY, {})
    finally:
        assert local.stop() == 0


@pytest.mark.parametrize("authority_exists", [False, True])
def test_a_server_that_cannot_keep_its_certificate_does_not_serve(
    tmp_path: Path, authority_exists: bool
) -> None:
    if authority_exists:
        (tmp_path / "tls" / "server.pem").mkdir(parents=True)
    else:
        (tmp_path / "tls").write_text("no folder")
    command = [sys.executable, "-m", "local.cosmos", "--port", "0", "--data", str(tmp_path)]
    done = subprocess.run(
        [*command, "--tls"], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 5
    assert str(tmp_path / "tls") in done.stderr
    assert "--certificate FILE" in done.stderr
    assert "listening" not in done.stderr
    assert "Traceback" not in done.stderr


def test_without_https_nothing_is_made(tmp_path: Path) -> None:
    plain = ServerProcess(tmp_path)
    urllib.request.urlopen(plain.url + "_stats").close()
    assert plain.stop() == 0
    assert not (tmp_path / "tls").exists()
