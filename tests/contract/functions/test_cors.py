"""Browsers of other origins: the Host.CORS section of local.settings.json."""

from collections.abc import Iterator

import pytest

from tests.contract.functions.harness import APPS, HostProcess, launch

PORTAL = "https://portal.example"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    keys = str(tmp_path_factory.mktemp("keys") / "keys.json")
    running = launch(APPS / "cors", "--enable-auth", "--keys", keys).wait_until_ready()
    yield running
    running.stop()


async def ask(host: HostProcess, origin: str, method: str = "POST") -> dict[str, str]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "x-functions-key, content-type",
    }
    reply = await host.call("OPTIONS", "/api/data", headers=headers)
    assert reply.status == 204
    return {name.lower(): value for name, value in reply.headers.items()}


@pytest.mark.parametrize("origin", [PORTAL, "http://localhost:3000", "HTTPS://PORTAL.EXAMPLE"])
async def test_a_preflight_of_an_allowed_origin_is_granted(host: HostProcess, origin: str) -> None:
    granted = await ask(host, origin)
    assert granted["access-control-allow-origin"] == origin
    assert granted["access-control-allow-methods"] == "POST"
    assert granted["access-control-allow-headers"] == "x-functions-key, content-type"
    assert granted["access-control-allow-credentials"] == "true"
    assert granted["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "https://portal.example.evil", "null"])
async def test_any_other_origin_is_granted_nothing(host: HostProcess, origin: str) -> None:
    refused = await ask(host, origin)
    assert [name for name in refused if name.startswith("access-control")] == []
    reply = await host.call("POST", "/api/data", headers={"Origin": origin})
    assert reply.text == "data"
    assert "Access-Control-Allow-Origin" not in reply.headers


async def test_answers_and_refusals_may_be_read_by_an_allowed_page(host: HostProcess) -> None:
    headers = {"Origin": PORTAL}
    answers = [
        await host.call("POST", "/api/data", headers=headers),
        await host.call("GET", "/api/locked", headers=headers),
        await host.call("GET", "/api/nowhere", headers=headers),
    ]
    assert [reply.status for reply in answers] == [200, 401, 404]
    assert {reply.headers["Access-Control-Allow-Origin"] for reply in answers} == {PORTAL}


async def test_a_request_that_is_no_preflight_gets_to_its_function(host: HostProcess) -> None:
    assert (await host.call("OPTIONS", "/api/data")).status == 404
    reply = await host.call("POST", "/api/data")
    assert reply.status == 200
    assert "Access-Control-Allow-Origin" not in reply.headers


async def test_custom_headers_of_host_json_are_sent_with_every_answer(host: HostProcess) -> None:
    for path in ("/api/locked", "/api/nowhere", "/"):
        reply = await host.call("GET", path)
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_without_cors_settings_no_origin_is_told_anything() -> None:
    host = launch(APPS / "auth").wait_until_ready()
    try:
        reply = await host.call("GET", "/api/open", headers={"Origin": PORTAL})
        assert reply.text == "open"
        assert "Access-Control-Allow-Origin" not in reply.headers
    finally:
        host.stop()
