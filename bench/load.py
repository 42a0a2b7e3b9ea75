"""Raw HTTP load: requests as ready-made bytes, so that the server is measured and not a client."""

import asyncio
import base64
import hmac
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import quote, urlsplit


@dataclass
class LoadResult:
    """What a load came to: wall time, each request's latency in seconds, statuses, body bytes."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list[float])
    statuses: Counter[int] = field(default_factory=Counter[int])
    received: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def milliseconds(self, share: float) -> float:
        """The latency that this share of the requests did not exceed."""
        if len(self.latencies) < 2:
            return self.latencies[0] * 1000
        return statistics.quantiles(self.latencies, n=100)[round(share * 100) - 1] * 1000


class RequestMaker:
    """Signs requests once; a signature is good for 15 minutes."""

    def __init__(self, url: str, key: str) -> None:
        self._host = urlsplit(url).netloc
        self._key = base64.b64decode(key)
        self._date = formatdate(usegmt=True)

    def make(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> bytes:
        """A whole request; a path with an odd number of segments names a feed of its last one."""
        segments = path.strip("/").split("/")
        kind, link = segments[-1], "/".join(segments[:-1])
        if len(segments) % 2 == 0:
            kind, link = segments[-2], "/".join(segments)
        text = f"{method.lower()}\n{kind}\n{link}\n{self._date.lower()}\n\n"
        digest = base64.b64encode(hmac.digest(self._key, text.encode(), "sha256")).decode()
        lines = {
            "Host": self._host,
            "x-ms-date": self._date,
            "authorization": quote(f"type=master&ver=1.0&sig={digest}", safe=""),
            "x-ms-version": "2020-07-15",
            "User-Agent": "bench/1",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def run_load(url: str, requests: Sequence[bytes], connections: int) -> LoadResult:
    """Send the requests over some keep-alive connections, each as soon as the last is answered."""
    result = LoadResult()
    waiting = iter(requests)
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    opened = [
        await asyncio.open_connection(host, port, limit=2**24)
        for _ in range(min(connections, len(requests)))
    ]
    started = time.perf_counter()
    await asyncio.gather(*(_drain(waiting, *streams, result) for streams in opened))
    result.seconds = time.perf_counter() - started
    for _, writer in opened:
        writer.close()
        await writer.wait_closed()
    return result


async def _drain(
    waiting: Iterator[bytes],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    result: LoadResult,
) -> None:
    for request in waiting:
        started = time.perf_counter()
        writer.write(request)
        status, body, _ = await read_response(reader)
        result.latencies.append(time.perf_counter() - started)
        result.statuses[status] += 1
        result.received += len(body)


async def read_response(reader: asyncio.StreamReader) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers (names in lower case) of one response with a Content-Length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    pairs = (line.split(": ", 1) for line in lines if line)
    headers = {name.lower(): value for name, value in pairs}
    size = int(headers.get("content-length", "0"))
    body = await reader.readexactly(size) if size else b""
    return int(first.split(" ", 2)[1]), body, headers
