"""What a person reads when the stack does not do what a command asks for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from local.stack.errors import StackError
from local.stack.ports import pick_free_ports
from local.stack.stack_requests import stack_requests

ANSWERS = {
    "/well": (200, '{"pending": 0}'),
    "/refused": (409, '{"error": {"code": "not_owner", "message": "nothing runs here"}}'),
    "/unavailable": (503, '{"error": {"code": "store", "message": "the store is away"}}'),
    "/no-container": (404, '{"message": "there is none"}'),
    "/order": (400, "Nothing is ordered: no."),
    "/broken": (500, "<h1>Internal Server Error</h1>"),
    "/empty": (500, ""),
    "/page": (200, "<html></html>"),
}


async def answer(request: web.Request) -> web.Response:
    status, text = ANSWERS[request.path]
    return web.Response(status=status, text=text)


async def break_off(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    app = web.Application()
    app.router.add_get("/breaks-off", break_off)
    app.router.add_get("/{name}", answer)
    async with TestServer(app) as server:
        yield server


async def test_an_answer_is_read(server: BaseTestServer, tmp_path: Path) -> None:
    async with stack_requests(tmp_path) as requests:
        assert await requests.ask("GET", f"{server.make_url('/well')}") == {"pending": 0}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/refused", "nothing runs here"),
        ("/unavailable", "the store is away"),
        ("/no-container", "there is none"),
        ("/order", "Nothing is ordered: no."),
        ("/broken", "GET {url} was answered 500: see the logs in {logs}"),
        ("/empty", "GET {url} was answered 500: see the logs in {logs}"),
        ("/page", "GET {url} was answered 200: see the logs in {logs}"),
        ("/breaks-off", "GET {url} was not answered: see the logs in {logs}"),
    ],
)
async def test_a_refusal_is_told_in_its_own_words_and_a_fault_with_its_log(
    server: BaseTestServer, tmp_path: Path, path: str, told: str
) -> None:
    url = str(server.make_url(path))
    async with stack_requests(tmp_path) as requests:
        with pytest.raises(StackError) as caught:
            await requests.ask("GET", url)
    assert str(caught.value) == told.format(url=url, logs=tmp_path / "logs")


async def test_where_nobody_listens_the_stack_is_to_be_started(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{pick_free_ports().functions}/api/status"
    async with stack_requests(tmp_path) as requests:
        with pytest.raises(StackError) as caught:
            await requests.ask("GET", url)
    start = f"./dev up --data {tmp_path}"
    assert str(caught.value) == f"no stack answers at {url}: start it with {start}"
