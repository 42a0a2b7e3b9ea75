"""Functions that end as none should, and bodies that nobody may touch on their way."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.functions.harness import HostProcess, launch

_APP = """
import asyncio, sys
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def end(how):
    if how == "exit":
        sys.exit(3)
    if how == "interrupt":
        raise KeyboardInterrupt
    raise asyncio.CancelledError


@app.route(route="async/{how}")
async def end_async(req: func.HttpRequest) -> str:
    end(req.route_params["how"])


@app.route(route="sync/{how}")
def end_sync(req: func.HttpRequest) -> str:
    end(req.route_params["how"])


@app.orchestration_trigger(context_name="context")
def outer(context):
    try:
        yield context.call_activity("inner", context.get_input())
    except Exception as error:
        return str(error)


@app.activity_trigger(input_name="how")
async def inner(how: str) -> str:
    end(how)


@app.route(route="size")
def size(req: func.HttpRequest) -> str:
    return str(len(req.get_body()))
"""

ENDINGS = ["exit", "interrupt", "cancelled"]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    folder: Path = tmp_path_factory.mktemp("odd")
    (folder / "host.json").write_text('{ "version": "2.0" }')
    (folder / "function_app.py").write_text(_APP)
    running = launch(folder).wait_until_ready()
    yield running
    running.stop()


@pytest.mark.parametrize("how", ENDINGS)
@pytest.mark.parametrize("kind", ["async", "sync"])
async def test_a_function_that_wants_to_end_the_process_only_fails(
    host: HostProcess, kind: str, how: str
) -> None:
    assert (await host.call("GET", f"/api/{kind}/{how}")).status == 500
    assert (await host.call("GET", "/admin/host/status")).json["state"] == "Running"


@pytest.mark.parametrize("how", ENDINGS)
async def test_an_activity_that_wants_to_end_the_process_fails_for_its_orchestration(
    host: HostProcess, how: str
) -> None:
    path = f"/runtime/webhooks/durabletask/orchestrators/outer/{how}"
    assert (await host.call("POST", path, how)).status == 202
    status = await host.finish(how)
    assert (status["runtimeStatus"], "inner" in host.log) == ("Completed", True)
    assert "failed" in status["output"]


async def test_a_compressed_body_reaches_the_function_as_it_was_sent(host: HostProcess) -> None:
    body = gzip.compress(b"x" * 10_000)
    for sent in (body, b"not compressed at all"):
        headers = {"Content-Encoding": "gzip"}
        reply = await host.call("POST", "/api/size", data=sent, headers=headers)
        assert (reply.status, reply.text) == (200, str(len(sent)))


async def test_a_text_that_is_returned_is_plain_text(host: HostProcess) -> None:
    reply = await host.call("GET", "/api/size")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
