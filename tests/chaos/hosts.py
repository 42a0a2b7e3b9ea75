"""Hosts: started and killed through a fork server, spoken to over HTTP."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.chaos.launches import Launch, Notice, Order
from tests.chaos.orders import RefusedOrderError, give_order

_ROOT = Path(__file__).resolve().parents[2]
_STOPS_WITHIN_SECONDS = 5.0
_LISTENING = re.compile(r"Listening on (http://\S+)")


class ForkServerError(Exception):
    """No host can be started."""


class Host:
    """A host that was started; `ended` is set when its process is gone.

    `signalled` says how it was told to end, if it was: kill or stop.
    """

    def __init__(self, launch: Launch, server: "ForkServerProcess") -> None:
        self.launch = launch
        self.ended = asyncio.Event()
        self.status: int | None = None
        self.signalled = ""
        self._server = server
        self._offset = launch.log.stat().st_size if launch.log.exists() else 0
        self._url = ""

    async def kill(self) -> None:
        """End it as kill -9 does, and wait until it is gone."""
        self.signalled = "kill"
        await self._signal(signal.SIGKILL)
        await self.ended.wait()

    async def stop(self) -> None:
        """End it as a service manager does, and wait until it is gone."""
        self.signalled = "stop"
        await self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOPS_WITHIN_SECONDS):
                await self.ended.wait()
        except TimeoutError:
            await self.kill()

    async def freeze(self, seconds: float) -> None:
        """Let it stand still for so long: to all others it is dead, and then it is back."""
        await self._signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        await self._signal(signal.SIGCONT)

    async def _signal(self, number: signal.Signals) -> None:
        await self._server.send(Order(host=self.launch.id, signal=number))

    async def find_url(self) -> str:
        """Where it listens; empty while it does not."""
        if not self._url:
            found = _LISTENING.search(self.read_log())
            self._url = found[1] if found else ""
        return self._url

    def read_log(self) -> str:
        """What it has logged since it was started."""
        if not self.launch.log.exists():
            return ""
        with self.launch.log.open("rb") as log:
            log.seek(self._offset)
            return log.read().decode(errors="replace")

    async def ask(self, session: aiohttp.ClientSession, path: str, wish: Any) -> bool:
        """Ask the app for something; whether it said yes. In a storm it may say no."""
        with suppress(RefusedOrderError):
            return await self.order(session, path, wish)
        return False

    async def order(self, session: aiohttp.ClientSession, path: str, order: Any) -> bool:
        """Order trouble; False if the host is not there. Raises RefusedOrderError if it says no."""
        url = await self.find_url()
        if not url or self.ended.is_set():
            return False
        try:
            await give_order(session, url + path, order)
        except (aiohttp.ClientError, TimeoutError):
            return False
        return True

    async def forget_orders(self, session: aiohttp.ClientSession) -> None:
        """End its rehearsals."""
        url = await self.find_url()
        if url and not self.ended.is_set():
            try:
                async with session.delete(f"{url}/admin/rehearsal"):
                    pass
            except (aiohttp.ClientError, TimeoutError):
                return


class ForkServerProcess:
    """The fork server, which serves all lanes."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: Process | None = None
        self._hosts: dict[str, Host] = {}
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def __aenter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.chaos.fork_server",
                cwd=_ROOT,
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
            )
        self._reading = asyncio.create_task(self._read())
        try:
            await self._ready.wait()
        except asyncio.CancelledError:
            await self.__aexit__()
            raise
        if self._reading.done():
            await self.__aexit__()
            raise ForkServerError(f"the fork server did not start:\n{self._read_log()}")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        if self._reading:
            await self._reading

    async def launch(self, launch: Launch) -> Host:
        """Start a host."""
        assert launch.id not in self._hosts
        host = Host(launch, self)
        self._hosts[launch.id] = host
        await self.send(Order(launch=launch))
        return host

    async def send(self, order: Order) -> None:
        """Send an order."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(order.model_dump_json(exclude_none=True).encode() + b"\n")
        await self._process.stdin.drain()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async for line in self._process.stdout:
                notice = Notice.model_validate_json(line)
                if not notice.id:
                    self._ready.set()
                elif notice.status is not None:
                    host = self._hosts.pop(notice.id)
                    host.status = notice.status
                    host.ended.set()
        finally:  # whoever waits must not wait for ever
            for host in self._hosts.values():
                host.ended.set()
            self._ready.set()

    def _read_log(self) -> str:
        return self._log.read_text(errors="replace")
