"""The host's own routes: status, ping, functions, runs by hand, and the page at the root."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, override

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch
from tests.contract.functions.processes import until


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    settings = {"EVERY_SECOND": "0 0 0 1 1 *"}
    running = launch(APPS / "timers", settings=settings).wait_until_ready()
    yield running
    running.stop()


async def test_the_status_has_the_fields_of_the_real_one(host: HostProcess) -> None:
    first = (await host.call("GET", "/admin/host/status")).json
    second = (await host.call("GET", "/admin/host/status")).json
    assert set(first) == {
        "id",
        "state",
        "version",
        "versionDetails",
        "platformVersion",
        "instanceId",
        "computerName",
        "processUptime",
        "functionAppContentEditingState",
    }
    assert first["state"] == "Running"
    assert first["id"] == second["id"]
    assert 0 < first["processUptime"] <= second["processUptime"] < 10 * 60_000


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_ping_is_answered(host: HostProcess, method: str) -> None:
    reply = await host.call(method, "/admin/host/ping")
    assert (reply.status, reply.body) == (200, b"")


async def test_the_functions_are_listed_with_their_bindings_and_urls(host: HostProcess) -> None:
    listed = {each["name"]: each for each in (await host.call("GET", "/admin/functions")).json}
    assert set(listed) == {"tick", "at_startup", "slow", "fails", "stubborn", "seen"}
    assert listed["seen"]["invoke_url_template"] == f"{host.base_url}/api/seen"
    (binding,) = listed["tick"]["config"]["bindings"]
    assert (binding["type"], binding["schedule"]) == ("timerTrigger", "0 0 0 1 1 *")
    alone = await host.call("GET", "/admin/functions/TICK")
    assert alone.json == listed["tick"]
    assert (await host.call("GET", "/admin/functions/tick/status")).json == {"isEnabled": True}


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("tick", b'{"input": "anything"}', 202),
        ("nobody", b'{"input": ""}', 404),
        ("tick", b"", 400),
        ("tick", b"[]", 400),
        ("tick", b"{", 400),
        ("seen", b'{"input": ""}', 400),
    ],
)
async def test_a_run_by_hand_is_accepted_or_refused(
    host: HostProcess, name: str, body: bytes, status: int
) -> None:
    reply = await host.call("POST", f"/admin/functions/{name}", data=body)
    assert reply.status == status, reply.text


async def test_documents_are_given_to_a_cosmos_trigger_by_hand_although_its_account_is_away() -> (
    None
):
    account = "AccountEndpoint=http://127.0.0.1:1/;AccountKey=a2V5;"
    settings = {
        "COSMOS": account,
        "BY_NAME__accountEndpoint": "http://127.0.0.1:1/",
        "BY_NAME__accountKey": "a2V5",
        "DATABASE": "nowhere",
    }
    host = launch(APPS / "change_feed", settings=settings).wait_until_listening()
    try:
        for given in ('[{"id": "as text"}]', [{"id": "as a list"}]):
            reply = await host.call("POST", "/admin/functions/plain", {"input": given})
            assert reply.status == 202, reply.text
        for wrong in ("[", '{"id": "one"}', None, 7):
            reply = await host.call("POST", "/admin/functions/plain", {"input": wrong})
            assert reply.status == 400

        async def has_run_twice() -> bool:
            return len((await host.call("GET", "/api/batches")).json) == 2

        await until(has_run_twice)
        batches = (await host.call("GET", "/api/batches")).json
        assert sorted(batch["ids"] for batch in batches) == [["as a list"], ["as text"]]
        assert (await host.call("GET", "/admin/host/status")).json["state"] == "Starting"
    finally:
        host.stop()


class Page(HTMLParser):
    """The parts of a page that the test looks at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    @override
    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    @override
    def handle_data(self, data: str) -> None:
        self.words += [data.strip()] if data.strip() else []

    def count(self, tag: str, **attributes: str) -> int:
        return sum(name == tag and attributes.items() <= given.items() for name, given in self.tags)


async def test_the_root_is_a_page_that_lists_the_functions_accessibly(host: HostProcess) -> None:
    reply = await host.call("GET", "/")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(reply.text)
    assert "Your function app is up and running" in page.words
    assert {"tick", "at_startup", "slow", "fails", "stubborn", "seen"} <= {*page.words}
    assert {"any method", "/api/seen", "none here"} <= {*page.words}
    assert page.count("a", href="/api/seen") == 1
    assert "\n\n" not in reply.text
    assert page.count("html", lang="en") == page.count("h1") == page.count("main") == 1
    assert page.count("caption") == 1
    assert page.count("th", scope="row") == 6
    assert page.count("th", scope="col") == 4
    assert page.count("script") == 0


async def test_the_page_can_be_switched_off() -> None:
    settings = {"EVERY_SECOND": "0 0 0 1 1 *", "AzureWebJobsDisableHomepage": "true"}
    host = launch(APPS / "timers", settings=settings).wait_until_ready()
    try:
        reply = await host.call("GET", "/")
        assert (reply.status, reply.body) == (204, b"")
    finally:
        host.stop()


async def test_the_status_names_the_extension_bundle_of_host_json() -> None:
    settings = {
        "EVERY_SECOND": "0 0 0 1 1 *",
        "AzureFunctionsJobHost__extensionBundle__id": "Microsoft.Azure.Functions.ExtensionBundle",
        "AzureFunctionsJobHost__extensionBundle__version": "[4.*, 5.0.0)",
    }
    host = launch(APPS / "timers", settings=settings).wait_until_ready()
    try:
        status = json.loads((await host.call("GET", "/admin/host/status")).body)
        assert status["extensionBundle"] == {
            "id": "Microsoft.Azure.Functions.ExtensionBundle",
            "version": "[4.*, 5.0.0)",
        }
    finally:
        host.stop()
