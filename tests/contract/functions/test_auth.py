"""Function keys: who may call what, once keys are asked for."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until
from tests.long_run import but_for_long_runs

WEBHOOKS = "/runtime/webhooks/durabletask"


def read(path: Path) -> str:
    return path.read_text()


def write(path: Path, text: str) -> None:
    path.write_text(text)


@pytest.fixture(scope="module")
def key_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.json"


@pytest.fixture(scope="module")
def host(key_path: Path) -> Iterator[HostProcess]:
    running = launch(APPS / "auth", "--enable-auth", "--keys", str(key_path)).wait_until_ready()
    yield running
    running.stop()


async def test_the_page_at_the_root_says_which_key_a_function_asks_for(host: HostProcess) -> None:
    page = (await host.call("GET", "/")).text
    assert "<td>function</td>" in page
    assert "none here" not in page


@pytest.fixture
def keys(host: HostProcess, key_path: Path) -> dict[str, str]:
    content = json.loads(key_path.read_text())
    return {
        "master": content["host"]["masterKey"]["value"],
        "host": content["host"]["functionKeys"][0]["value"],
        "system": content["host"]["systemKeys"][0]["value"],
        "mine": content["functions"]["mine"]["keys"][0]["value"],
        "other": content["functions"]["other"]["keys"][0]["value"],
        "wrong": "x" * 54,
        "empty": "",
    }


@pytest.mark.parametrize(
    ("path", "opened_by"),
    [
        ("/api/open", {"master", "host", "system", "mine", "other", "wrong", "empty"}),
        ("/api/mine", {"master", "host", "mine"}),
        ("/api/other", {"master", "host", "other"}),
        ("/api/chief", {"master"}),
        ("/admin/host/status", {"master"}),
        ("/admin/functions", {"master"}),
        ("/admin/rehearsal", {"master"}),
        ("/admin/host/ping", {"master", "host", "system", "mine", "other", "wrong", "empty"}),
        (f"{WEBHOOKS}/instances", {"master", "system"}),
    ],
)
async def test_each_route_is_opened_by_the_keys_of_its_level(
    host: HostProcess, keys: dict[str, str], path: str, opened_by: set[str]
) -> None:
    by_query = {n: await host.call("GET", path, params={"code": k}) for n, k in keys.items()}
    by_header = {
        n: await host.call("GET", path, headers={"x-functions-key": k}) for n, k in keys.items()
    }
    for replies in (by_query, by_header):
        assert {name for name, reply in replies.items() if reply.status == 200} == opened_by
        refused = [reply for reply in replies.values() if reply.status != 200]
        assert {(reply.status, reply.body) for reply in refused} <= {(401, b"")}


async def test_without_a_key_a_function_is_not_run_and_an_unknown_route_is_not_found(
    host: HostProcess,
) -> None:
    assert (await host.call("GET", "/api/mine")).status == 401
    assert (await host.call("GET", "/api/nowhere")).status == 404


async def test_a_key_that_is_no_text_is_refused(host: HostProcess) -> None:
    headers = {"x-functions-key": b"\xff\xfe".decode("latin-1")}
    assert (await host.call("GET", "/api/mine", headers=headers)).status == 401


async def test_management_urls_carry_the_key_that_opens_them(
    host: HostProcess, keys: dict[str, str]
) -> None:
    started = (await host.call("GET", "/api/start", params={"code": keys["host"]})).json
    status_url = started["statusQueryGetUri"].removeprefix(host.base_url)
    assert f"code={keys['system']}" in status_url

    async def has_completed() -> bool:
        return (await host.call("GET", status_url)).json["runtimeStatus"] == "Completed"

    await until(has_completed)
    without = status_url.split("?")[0]
    assert (await host.call("GET", without)).status == 401
    purged = await host.call("DELETE", started["purgeHistoryDeleteUri"].removeprefix(host.base_url))
    assert purged.status == 200


async def test_an_instance_started_over_http_is_told_a_url_that_opens(
    host: HostProcess, keys: dict[str, str]
) -> None:
    path = f"{WEBHOOKS}/orchestrators/greet?code={keys['system']}"
    reply = await host.call("POST", path, "you")
    assert reply.status == 202
    location = reply.headers["Location"].removeprefix(host.base_url)
    assert (await host.call("GET", location)).status in (200, 202)


async def test_a_key_that_is_changed_in_the_file_counts_at_once(
    host: HostProcess, key_path: Path, keys: dict[str, str]
) -> None:
    original = read(key_path)
    write(key_path, original.replace(keys["mine"], "a-new-key"))
    try:
        assert (await host.call("GET", "/api/mine?code=a-new-key")).status == 200
        assert (await host.call("GET", f"/api/mine?code={keys['mine']}")).status == 401
        # A file that cannot be read changes nothing.
        write(key_path, "{")
        assert (await host.call("GET", "/api/mine?code=a-new-key")).status == 200
        await until(lambda: "stay in force" in host.log)
    finally:
        write(key_path, original)
    assert (await host.call("GET", f"/api/mine?code={keys['mine']}")).status == 200


def test_only_their_owner_may_read_the_keys_that_were_made(
    host: HostProcess, tmp_path: Path
) -> None:
    path = tmp_path / "fresh.json"
    other = launch(APPS / "auth", "--enable-auth", "--keys", str(path)).wait_until_ready()
    assert other.stop() == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_keys_outlive_a_restart_and_new_functions_get_theirs(tmp_path: Path) -> None:
    first = launch(APPS / "auth", "--enable-auth", "--data", str(tmp_path)).wait_until_ready()
    assert first.stop() == 0
    path = tmp_path / "keys.json"
    before: dict[str, Any] = json.loads(path.read_text())
    lost = before["functions"].pop("mine")
    path.write_text(json.dumps(before))
    second = launch(APPS / "auth", "--enable-auth", "--data", str(tmp_path)).wait_until_ready()
    try:
        after = json.loads(path.read_text())
        assert after["host"] == before["host"]
        assert after["functions"]["other"] == before["functions"]["other"]
        new = after["functions"]["mine"]["keys"][0]["value"]
        assert new != lost["keys"][0]["value"]
        assert (await second.call("GET", f"/api/mine?code={new}")).status == 200
    finally:
        second.stop()


@pytest.mark.parametrize(
    "content", but_for_long_runs(["[]", "{", '{"host": []}', '{"host": {"masterKey": {}}}'])
)
def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    host = launch(APPS / "auth", "--enable-auth", "--keys", str(path))
    assert host.wait(20) == 5, host.log
    assert "key" in host.log
    assert path.read_text() == content


async def test_nobody_is_asked_for_a_key_unless_the_host_was_told_to() -> None:
    host = launch(APPS / "auth").wait_until_ready()
    try:
        for path in ("/api/mine", "/api/chief", "/admin/host/status", f"{WEBHOOKS}/instances"):
            assert (await host.call("GET", path)).status == 200
    finally:
        host.stop()


def test_asking_for_keys_needs_a_place_for_them() -> None:
    host = launch(APPS / "auth", "--enable-auth")
    assert host.wait(20) == 2
    assert "--keys FILE or --data DIR" in host.log
