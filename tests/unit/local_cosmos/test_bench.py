"""The measurements run and say what they measured; how fast it was is nobody's test."""

import asyncio

import pytest

from bench.cosmos import measure
from bench.figures import Sizes, to_table
from bench.load import run_load

FEW = Sizes(reads=40, writes=30, queries=6, vectors=12, searches=4, sdk_reads=20)

REQUEST = b"GET / HTTP/1.1\r\n\r\n"


async def test_every_figure_comes_with_its_unit_and_its_method() -> None:
    measured = await measure(FEW)
    figures = {figure.name: figure for figure in measured}
    assert set(figures) == {
        "writes",
        "point reads",
        "change feed",
        "filter query p50",
        "vector search p50",
        "vector search, first",
        "server memory",
        "SDK reads",
        "SDK reads, lean",
        "SDK reads, sync",
    }
    assert all(figure.value > 0 and figure.unit and figure.method for figure in measured)
    assert figures["change feed"].method.startswith("30 changes")
    table = to_table("what was measured", measured).splitlines()
    assert [line[:23].strip() for line in table[-len(measured) :]] == list(figures)


async def test_a_load_notices_that_the_server_closed_the_connection() -> None:
    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        assert (await run_load(url, [REQUEST], 1)).bodies == [b"{}"]
        with pytest.raises(ConnectionError):
            await run_load(url, [REQUEST] * 2, 1)


async def test_a_load_reads_answers_that_come_in_pieces() -> None:
    async def answer_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        number = head.split(b" ")[1]
        answer = b"HTTP/1.1 404 Not Found\r\ncontent-LENGTH: 2\r\nETag: x\r\n\r\n" + number
        for byte in answer:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(answer_slowly, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    requests = [f"GET {number} HTTP/1.1\r\n\r\n".encode() for number in (10, 11, 12)]
    async with server:
        result = await run_load(url, requests, 3)
    assert result.bodies == [b"10", b"11", b"12"]
    assert result.statuses == {404: 3}
    assert len(result.latencies) == 3
