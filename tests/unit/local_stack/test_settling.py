"""Waiting for the app, against a real store and an app that answers by script over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.cosmos.aio import CosmosClient

from local.stack.containers import create_store
from local.stack.demo.observer import Observer
from local.stack.demo.settling import FLUSHES, wait_until_settled
from local.stack.environment import DATABASE, Addresses
from local.stack.errors import StackError
from tests.unit.local_stack.cosmos_server import running_cosmos


def status(pending: int = 0, users: int = 0) -> dict[str, Any]:
    return {
        "turns_counted": 3,
        "turns_processed": {"extracted": 2, "trivial": 1, "elsewhere": 7},
        "pending": pending,
        "dead_letters": 0,
        "work": {"threads": 0, "users": users},
        "oldest_pending_seconds": None,
    }


class ScriptedApp:
    """Answers /api/status and /api/flush from lists; the last answer of a list is repeated."""

    def __init__(self, statuses: list[dict[str, Any] | int], flushes: list[int]) -> None:
        self._statuses = statuses
        self._flushes = flushes
        self.flushed = 0

    async def status(self, _: web.Request) -> web.Response:
        answer = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response(answer)

    async def flush(self, _: web.Request) -> web.Response:
        self.flushed += 1
        found = self._flushes.pop(0) if len(self._flushes) > 1 else self._flushes[0]
        return web.json_response({"threads": 0, "users": found}, status=202)


@asynccontextmanager
async def observing(folder: Path, app: ScriptedApp) -> AsyncIterator[Observer]:
    routes = web.Application()
    routes.router.add_get("/api/status", app.status)
    routes.router.add_post("/api/flush", app.flush)
    async with (
        TestServer(routes) as server,
        running_cosmos(folder, app_port=server.port or 0) as addresses,
    ):
        await create_store(addresses.cosmos, addresses.cosmos_key, 8)
        await count_three_turns(addresses)
        async with Observer(addresses) as observer:
            yield observer


async def count_three_turns(addresses: Addresses) -> None:
    document = {"id": "thread:u:t", "user_id": "u", "thread_id": "t", "count": 3}
    async with CosmosClient(addresses.cosmos, addresses.cosmos_key) as client:
        counters = client.get_database_client(DATABASE).get_container_client("counter")
        await counters.create_item(document)


async def test_flushes_are_asked_for_until_one_finds_nothing(tmp_path: Path) -> None:
    app = ScriptedApp([503, status(pending=2), status(users=1), status()], [2, 1, 0])
    async with observing(tmp_path, app) as observer:
        settled = await wait_until_settled(observer, 3, lambda _: None)
    assert app.flushed == 3
    assert settled.is_settled
    assert settled.processed == 3, "turns that were processed elsewhere are not ours"


@pytest.mark.long
async def test_an_app_that_finds_work_for_ever_is_not_asked_for_ever(tmp_path: Path) -> None:
    app = ScriptedApp([status()], [1])
    async with observing(tmp_path, app) as observer:
        assert (await wait_until_settled(observer, 3, lambda _: None)).is_settled
    assert app.flushed == FLUSHES


async def test_an_app_that_never_counts_a_turn_is_given_up_with_what_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.stack.demo.settling.BASE_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr("local.stack.demo.settling.TIMEOUT_SECONDS_PER_TURN", 0.0)
    app = ScriptedApp([status()], [0])
    async with observing(tmp_path, app) as observer:
        with pytest.raises(StackError, match="4 turns written, 3 counted"):
            await wait_until_settled(observer, 4, lambda _: None)
    assert app.flushed == 0
