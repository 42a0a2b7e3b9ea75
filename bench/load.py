"""Raw HTTP load over keep-alive connections that costs far less CPU than the server it measures."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; the head is everything up to the body, in the server's own spelling."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, its name without case; empty where there is none."""
        for line in self.head.decode("latin-1").split("\r\n"):
            found, _, value = line.partition(":")
            if found.lower() == name.lower():
                return value.strip()
        return ""


# What a connection sends next, given what it was answered last; None ends it.
type Script = Callable[[Response | None], bytes | None]


@dataclass(frozen=True)
class LoadResult:
    """What a load came to: wall time and each request's latency in seconds, and the answers.

    Bodies are in the order of the requests, to be checked after the clock has stopped.
    """

    seconds: float
    latencies: list[float]
    statuses: Counter[int]
    bodies: list[bytes]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def milliseconds(self, share: float) -> float:
        """The latency that this share of the requests did not exceed."""
        if len(self.latencies) < 2:
            return self.latencies[0] * 1000
        return statistics.quantiles(self.latencies, n=100)[round(share * 100) - 1] * 1000


class Connection(asyncio.Protocol):
    """Plays a script over one connection: each request as soon as the last one is answered."""

    def __init__(self, script: Script, latencies: list[float]) -> None:
        self._script = script
        self._latencies = latencies
        self._received = bytearray()
        self._body_at = 0  # 0 while the head is incomplete
        self._end = 0
        self._sent_at = 0.0
        self._transport: asyncio.WriteTransport | None = None
        self._finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def play(self, transport: asyncio.WriteTransport) -> None:
        """Send the first request; return once the script has ended.

        Raises:
            ConnectionError: the server closed the connection before that.
        """
        self._transport = transport
        self._send_next(None)
        await self._finished

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._body_at and not self._read_head():
            return
        if len(self._received) < self._end:
            return
        self._latencies.append(time.perf_counter() - self._sent_at)
        head = bytes(self._received[: self._body_at])
        body = bytes(self._received[self._body_at : self._end])
        self._received.clear()
        self._body_at = 0
        self._send_next(Response(int(head[9:12]), head, body))

    def _read_head(self) -> bool:
        """Find where the body begins and ends; False while that is still unknown."""
        self._body_at = self._received.find(b"\r\n\r\n") + 4
        if self._body_at == 3:
            self._body_at = 0
            return False
        head = bytes(self._received[: self._body_at]).lower()
        _, found, rest = head.partition(b"\r\ncontent-length:")
        self._end = self._body_at + (int(rest.partition(b"\r\n")[0]) if found else 0)
        return True

    def _send_next(self, answer: Response | None) -> None:
        assert self._transport
        request = self._script(answer)
        if request is None:
            self._transport.close()
            self._finished.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._finished.done():
            self._finished.set_exception(exc or ConnectionError("the server closed a connection"))


async def play_scripts(url: str, scripts: Sequence[Script]) -> tuple[float, list[float]]:
    """Play each script over a connection of its own, all at once.

    Returns the wall time and each request's latency, in seconds.
    """
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    opened = [
        await loop.create_connection(partial(Connection, script, latencies), host, port)
        for script in scripts
    ]
    started = time.perf_counter()
    await asyncio.gather(*(connection.play(transport) for transport, connection in opened))
    return time.perf_counter() - started, latencies


async def run_load(url: str, requests: Sequence[bytes], connections: int) -> LoadResult:
    """Send the requests over some connections, each as soon as the last is answered."""
    bodies = [b""] * len(requests)
    statuses = Counter[int]()
    waiting = iter(range(len(requests)))

    def build_script() -> Script:
        number = -1

        def send_next(answer: Response | None) -> bytes | None:
            nonlocal number
            if answer is not None:
                statuses[answer.status] += 1
                bodies[number] = answer.body
            number = next(waiting, -1)
            return requests[number] if number >= 0 else None

        return send_next

    scripts = [build_script() for _ in range(min(connections, len(requests)))]
    return LoadResult(*await play_scripts(url, scripts), statuses, bodies)
