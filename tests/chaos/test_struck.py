"""Faults are counted where they strike, and an order for one that is refused is no secret."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.chaos.events import Event
from tests.chaos.hosts import ForkServerProcess, Host
from tests.chaos.lane import open_lanes
from tests.chaos.launches import Launch
from tests.chaos.orders import RefusedOrderError, give_order
from tests.chaos.run_seed import run_schedule
from tests.chaos.schedule import make_schedule
from tests.chaos.struck import count_drops, count_strikes, name_end


@asynccontextmanager
async def serve(status: int) -> AsyncGenerator[tuple[str, aiohttp.ClientSession]]:
    """A server that answers everything so, its address, and a session to speak to it."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text="it is not like that")

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}", session
    finally:
        await runner.cleanup()


def make_host(folder: Path, url: str = "") -> Host:
    """A host that listens there, as far as its log says."""
    log, calm = folder / "host-0.log", folder / "calm"
    log.unlink(missing_ok=True)
    host = Host(
        Launch(id="0", environment={}, data=folder, log=log, calm=calm),
        ForkServerProcess(folder / "fork_server.log"),
    )
    if url:
        log.write_text(f"Listening on {url}\n")
    return host


async def test_an_order_that_a_server_refuses_is_an_error() -> None:
    async with serve(400) as (url, session):
        with pytest.raises(RefusedOrderError, match=r"/_faults refuses .*: 400 it is not"):
            await give_order(session, f"{url}/_faults", {"kind": "x"})
    async with serve(201) as (url, session):
        await give_order(session, f"{url}/_faults", {"kind": "x"})


async def test_an_order_that_a_host_refuses_is_an_error_and_a_wish_that_it_refuses_is_none(
    tmp_path: Path,
) -> None:
    async with serve(400) as (url, session):
        host = make_host(tmp_path, url)
        with pytest.raises(RefusedOrderError):
            await host.order(session, "/admin/rehearsal/crash", {})
        assert not await host.ask(session, "/api/backfill", {})
    async with serve(200) as (url, session):
        host = make_host(tmp_path, url)
        assert await host.order(session, "/admin/rehearsal/crash", {})
        assert await host.ask(session, "/api/backfill", {})


async def test_a_host_that_does_not_listen_yet_takes_no_order(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        assert not await make_host(tmp_path).order(session, "/admin/rehearsal/crash", {})


@pytest.mark.long
async def test_a_seed_with_an_order_that_is_refused_has_a_violation(tmp_path: Path) -> None:
    refused = Event(0.1, "cosmos fault", {"kind": "earthquake"})
    schedule = replace(make_schedule(1), events=[refused])
    async with open_lanes(tmp_path, 1) as [lane]:
        result = await run_schedule(lane, schedule)
    [violation] = result.violations
    assert result.broke
    assert "/_faults refuses {'kind': 'earthquake'}" in violation.what


def test_strikes_are_counted_by_status_or_kind_and_latency_is_no_fault() -> None:
    rules = [
        {"kind": "status", "status": 429, "fired": 2},
        {"kind": "status", "status": 429, "fired": 1, "count": 6},
        {"kind": "reset", "fired": 3, "count": 4},
        {"kind": "lose_reply", "fired": 0},
        {"kind": "delay", "fired": 50, "count": None},
    ]
    assert count_strikes("cosmos", rules) == {"cosmos 429": 3, "cosmos reset": 3}


def test_the_end_of_a_host_is_told_by_its_signal_or_by_its_log() -> None:
    rehearsed = "Rehearsal: this process ends itself now, after activity."
    assert name_end("", "kill") == "kill"
    assert name_end(rehearsed, "") == "crash at a point"
    assert name_end("Listening", "") == "crash at a call"


def test_dropped_batches_are_counted_over_all_hosts(tmp_path: Path) -> None:
    dropped = "Rehearsal: a batch of 2 documents is dropped.\n"
    (tmp_path / "host-0.log").write_text(dropped * 2)
    (tmp_path / "host-1.log").write_text(f"other\n{dropped}")
    assert count_drops(tmp_path) == 3
